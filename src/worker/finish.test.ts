import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { manifest } from '../../test/builders/manifest.ts';
import { makeSigningKey } from '../../test/builders/signing-key.ts';
import type { WorkerRig } from '../../test/builders/worker-rig.ts';
import { makeWorkerRig, runContext, storeRun } from '../../test/builders/worker-rig.ts';
import { Failure } from '../domain/failure.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Store } from '../storage/store.ts';
import { ObjectExists } from '../storage/store.ts';
import { digestOf } from '../stream/digest.ts';
import { Report } from '../task/report.ts';
import { readCatalogue } from './catalogue.ts';
import { finish, PublicationUnknown, publishAndFinish } from './finish.ts';
import { inspectRun } from './inspect.ts';
import { claimBackupFolder } from './owner.ts';
import { pruneBackup } from './prune.ts';
import { publish } from './publish.ts';
import { nothingSwept, sweepLeftovers } from './sweep.ts';

const ours = makeSigningKey();
const theirs = makeSigningKey();

let rig: WorkerRig;
beforeEach(async () => {
  rig = await makeWorkerRig();
  await own();
});
afterEach(() => rig.remove());

/** Run number `n` of a backup, one a day. */
function runNumber(n: number, more: Partial<Manifest> = {}): Manifest {
  const day = `2026-11-${String(n).padStart(2, '0')}`;
  return manifest({
    runId: `${day.replaceAll('-', '')}T010000Z-a`,
    sequence: n,
    snapshotTime: `${day}T01:00:01.000Z`,
    ...more,
  });
}

const keepOne = { retention: { keepLast: 1, minimumVerified: 1 } };
const denied = (key: string) =>
  new Failure('StoreAccessDenied', `${key} cannot be deleted: it is retained until 2027`);

/** Finishes `run` as the run just published, with a policy that keeps one. */
async function finishRun(
  run: Manifest,
  workspace = rig.workspace(),
  file?: Buffer,
): Promise<Extract<Report, { kind: 'backup' }>> {
  const bytes = file ?? (await storeRun(rig.volume, run, workspace.signingKey));
  const published = { manifest: run, manifestDigest: digestOf(bytes).digest, signed: false, bytes: 1 };
  const context = runContext(workspace, run, keepOne);
  const report = Report.parse(await finish(context, { run: published, swept: nothingSwept }));
  if (report.kind !== 'backup') throw new Error('not a backup');
  return report;
}

async function own(uid = 'uid-1', more: object = {}): Promise<void> {
  const { namespace, name } = runNumber(1).backup;
  const since = '2026-11-01T00:00:00.000Z';
  const marker = { schema: 'pgcairn.dev/owner/v1', namespace, name, uid, since, succeeded: [], ...more };
  await rig.volume.put('shop/shop/OWNER.json', Buffer.from(JSON.stringify(marker)));
}

async function runIds(): Promise<string[]> {
  const { runs } = await readCatalogue(rig.workspace(), runNumber(1).backup);
  return runs.map(({ folder }) => folder.runId);
}

describe('after a run was published', () => {
  test('what the rules give up goes', async () => {
    await storeRun(rig.volume, runNumber(1));
    expect((await finishRun(runNumber(2))).stored).toMatchObject({ runs: 1, removedRuns: 1 });
    expect(await runIds()).toEqual([runNumber(2).runId]);
  });

  test('it stays although an earlier run is dated later, and so does that one', async () => {
    await storeRun(rig.volume, runNumber(1, { snapshotTime: '2027-11-01T00:00:00.000Z' }));
    const { stored } = await finishRun(runNumber(2));
    expect(stored).toMatchObject({ runs: 2, removedRuns: 0 });
    expect(stored?.retentionHeld).toContain('is dated 2027-11-01');
  });

  test('nothing goes, and the run is no success, when its objects vanished', async () => {
    await storeRun(rig.volume, runNumber(1));
    const file = await storeRun(rig.volume, runNumber(2));
    await rig.volume.delete(`shop/shop/${runNumber(2).runId}/shop.dump.age`);
    await expect(finishRun(runNumber(2), rig.workspace(), file)).rejects.toMatchObject({
      reason: 'ManifestInvalid',
      message: expect.stringContaining('shop.dump.age is missing'),
    });
    expect(await runIds()).toEqual([runNumber(1).runId]);
  });

  test('nothing goes while a run is invalid, which is counted and named', async () => {
    await storeRun(rig.volume, runNumber(1));
    await storeRun(rig.volume, runNumber(2));
    await rig.volume.delete(`shop/shop/${runNumber(1).runId}/shop.dump.age`);
    const { stored } = await finishRun(runNumber(3));
    expect(stored).toMatchObject({ runs: 2, removedRuns: 0, invalidRuns: 1 });
    expect(stored?.retentionHeld).toContain(`run ${runNumber(1).runId} is invalid`);
  });

  test('leftovers of its own earlier attempts that are locked are a note', async () => {
    await rig.volume.put(`shop/shop/${runNumber(1).runId}/attempt-9/left`, Buffer.from('x'));
    const locked = rig.workspace({ faults: { delete: (key) => Promise.reject(denied(key)) } });
    const { notes, stored } = await finishRun(runNumber(1), locked);
    expect(notes).toEqual([expect.stringContaining('retained until 2027')]);
    expect(stored).toMatchObject({ runs: 1 });
  });
});

describe('a failure while a run is published', () => {
  const broken = () => Promise.reject(new Failure('StoreUnreachable', 'gone'));
  const publishing = (faults: Partial<Store>, signal = new AbortController().signal): Promise<Report> => {
    const run = runNumber(1);
    const context = runContext(rig.workspace({ faults, signal }), run);
    return publishAndFinish(context, run, nothingSwept);
  };

  test.each([
    ['the manifest is sent', { put: broken }],
    ['it is read back', { get: broken }],
    ['it comes back empty', { get: () => Promise.resolve(undefined) }],
  ])('when %s leaves open whether the run exists', async (_, faults) => {
    await expect(publishing(faults)).rejects.toBeInstanceOf(PublicationUnknown);
  });

  test('that is a verdict of the store leaves nothing open', async () => {
    await expect(publishing({})).rejects.toMatchObject({ name: 'Failure', reason: 'ManifestInvalid' });
  });

  test('before the manifest was sent leaves nothing open', async () => {
    const stopped = publishing({}, AbortSignal.abort(new Error('stop')));
    await expect(stopped).rejects.toMatchObject({ name: 'Error', message: 'stop' });
  });
});

describe('where another may live under the same name', () => {
  const contested = { contested: { uid: 'uid-0', time: '2026-11-02T00:00:00.000Z' } };
  const cases: [string, () => Promise<void>, RegExp][] = [
    ['the folder is contested', () => own('uid-1', contested), /uid-0, which came back.*another prefix/],
    ['the folder was taken over during the run', () => own('uid-2'), /uid-2/],
    ['the owner file vanished', () => rig.volume.delete('shop/shop/OWNER.json'), /vanished/],
  ];

  test.each(cases)('nothing goes when %s', async (_, prepare, message) => {
    await storeRun(rig.volume, runNumber(1));
    const stray = `shop/shop/${runNumber(2).runId}/attempt-9/left`;
    await rig.volume.put(stray, Buffer.from('x'));
    await prepare();
    const { stored } = await finishRun(runNumber(2));
    expect(stored).toMatchObject({ runs: 2, removedRuns: 0, retentionHeld: expect.stringMatching(message) });
    expect(await rig.volume.head(stray)).toBeDefined();
  });

  test.each([
    ['stay when they are of another server', '9999', 0],
    ['go by the rules when they are of the same server', '7351', 1],
  ])('runs from before a take-over %s', async (_, systemIdentifier, removedRuns) => {
    const { backup, server } = runNumber(1);
    await storeRun(
      rig.volume,
      runNumber(1, { backup: { ...backup, uid: 'uid-0' }, server: { ...server, systemIdentifier } }),
    );
    expect((await finishRun(runNumber(2))).stored).toMatchObject({ removedRuns });
  });

  test('a take-over sweeps nothing, and who comes back stops both', async () => {
    const claim = async (uid: string): Promise<boolean> => {
      const context = { ...rig.workspace(), now: new Date() };
      return (await claimBackupFolder(context, { ...runNumber(1).backup, uid })).took;
    };
    expect([await claim('uid-1'), await claim('uid-2'), await claim('uid-2')]).toEqual([false, true, false]);
    for (const uid of ['uid-1', 'uid-2'])
      await expect(claim(uid)).rejects.toMatchObject({
        reason: 'PrefixForeign',
        message: expect.stringContaining('another prefix'),
      });
  });

  const prune = (uid = 'uid-1') =>
    pruneBackup(
      {
        version: 1,
        kind: 'prune',
        repository: runContext(rig.workspace(), runNumber(1)).task.repository,
        backup: { ...runNumber(1).backup, uid },
      },
      rig.workspace(),
    );

  test("prune removes its own runs and those it followed, and nobody else's", async () => {
    const { backup } = runNumber(1);
    await storeRun(rig.volume, runNumber(1));
    await storeRun(rig.volume, runNumber(2, { backup: { ...backup, uid: 'uid-0' } }));
    await storeRun(rig.volume, runNumber(3, { backup: { ...backup, uid: 'stranger' } }));
    await own('uid-1', { succeeded: [{ uid: 'uid-0', until: '2026-11-02T00:00:00.000Z' }] });
    expect(await prune()).toMatchObject({ removedRuns: 2 });
    expect(await runIds()).toEqual([runNumber(3).runId]);
  });

  test('prune removes nothing of a contested folder, nor what is invalid', async () => {
    await storeRun(rig.volume, runNumber(1));
    await own('uid-1', contested);
    await expect(prune()).rejects.toMatchObject({ reason: 'PrefixForeign' });
    expect(await runIds()).toHaveLength(1);
    await own();
    await rig.volume.delete(`shop/shop/${runNumber(1).runId}/shop.dump.age`);
    expect(await prune()).toMatchObject({ removedRuns: 0 });
    expect(await rig.volume.head(`shop/shop/${runNumber(1).runId}/manifest.json`)).toBeDefined();
  });
});

describe('sweeping', () => {
  const order = { backup: runNumber(1).backup, runId: runNumber(9).runId, before: new Date() };
  beforeEach(async () => {
    for (const n of [1, 2])
      await rig.volume.put(`shop/shop/${runNumber(n).runId}/shop.dump.age`, Buffer.from('x'));
  });

  test('leaves what is locked with a note, and goes on', async () => {
    const workspace = rig.workspace({
      faults: {
        delete: (key) =>
          key.includes(runNumber(2).runId) ? Promise.reject(denied(key)) : rig.volume.delete(key),
      },
    });
    const swept = await sweepLeftovers(workspace, await readCatalogue(workspace, order.backup), order);
    expect(swept).toEqual({ removed: 1, notes: [expect.stringContaining('retained until 2027')] });
  });

  test('fails when unfinished uploads cannot be listed', async () => {
    const workspace = rig.workspace({ faults: { sweep: () => Promise.reject(denied('uploads')) } });
    await expect(sweepLeftovers(workspace, { incomplete: [] }, order)).rejects.toThrow('uploads');
  });
});

describe('in a repository with a signing key', () => {
  const unbelieved: [string, typeof ours | undefined, RegExp][] = [
    ['signed by another key', theirs, /signed by another key/],
    ['not signed', undefined, /not signed/],
  ];

  test.each(unbelieved)('a manifest that is %s is no run, and is kept', async (_, key, message) => {
    await storeRun(rig.volume, runNumber(1), key);
    const workspace = rig.workspace({ signingKey: ours });
    const { stored } = await finishRun(runNumber(2), workspace);
    expect(stored).toMatchObject({ runs: 1, invalidRuns: 1, removedRuns: 0 });
    expect(stored?.retentionHeld).toMatch(message);
    expect(await rig.volume.head(`shop/shop/${runNumber(1).runId}/manifest.json`)).toBeDefined();
  });

  test.each(unbelieved)('inspect does not take a manifest that is %s for a run', async (_, key, message) => {
    await storeRun(rig.volume, runNumber(1), key);
    const { task } = runContext(rig.workspace(), runNumber(1));
    const inspect = inspectRun(
      { version: 1, kind: 'inspect', repository: task.repository, backup: task.backup, run: task.run },
      rig.workspace({ signingKey: ours }),
    );
    await expect(inspect).rejects.toMatchObject({
      reason: 'ManifestInvalid',
      message: expect.stringMatching(message),
    });
  });

  test('a manifest signed by its key is a signed run, and one without a key is none', async () => {
    await storeRun(rig.volume, runNumber(1), ours);
    const signed = async (workspace = rig.workspace()): Promise<boolean | undefined> =>
      (await readCatalogue(workspace, order)).runs[0]?.signed;
    const order = runNumber(1).backup;
    expect(await signed(rig.workspace({ signingKey: ours }))).toBe(true);
    expect(await signed()).toBe(false);
  });
});

describe('publishing where a manifest lies already', () => {
  const exists = { put: (key: string) => Promise.reject(new ObjectExists(key)) };
  const cases: [string, () => Promise<unknown>, RegExp][] = [
    ['signed by another key', () => storeRun(rig.volume, runNumber(1), theirs), /another key/],
    [
      'of another run',
      async () => {
        const file = await storeRun(rig.volume, runNumber(2), ours);
        await rig.volume.put(`shop/shop/${runNumber(1).runId}/manifest.json`, file);
      },
      /manifest of run/,
    ],
    [
      'with an object missing',
      async () => {
        await storeRun(rig.volume, runNumber(1, { notes: [{ reason: 'r', message: 'm' }] }), ours);
        await rig.volume.delete(`shop/shop/${runNumber(1).runId}/shop.dump.age`);
      },
      /shop\.dump\.age is missing/,
    ],
  ];
  test.each(cases)('fails where it is %s', async (_, prepare, message) => {
    await prepare();
    const context = runContext(rig.workspace({ signingKey: ours, faults: exists }), runNumber(1));
    await expect(publish(context, runNumber(1))).rejects.toMatchObject({
      reason: 'ManifestInvalid',
      message: expect.stringMatching(message),
    });
  });

  test('takes one that holds', async () => {
    const other = runNumber(1, { notes: [{ reason: 'r', message: 'of another attempt' }] });
    await storeRun(rig.volume, other, ours);
    const context = runContext(rig.workspace({ signingKey: ours, faults: exists }), runNumber(1));
    expect(await publish(context, runNumber(1))).toMatchObject({ manifest: other, signed: true });
  });
});
