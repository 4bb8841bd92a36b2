import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { evidence } from '../../../test/builders/evidence.ts';
import { makeSigningKey } from '../../../test/builders/signing-key.ts';
import type { WorkerRig } from '../../../test/builders/worker-rig.ts';
import { filesBelow, makeWorkerRig } from '../../../test/builders/worker-rig.ts';
import type { Evidence } from '../../domain/evidence.ts';
import { Failure } from '../../domain/failure.ts';
import type { Store } from '../../storage/store.ts';
import { digestOf } from '../../stream/digest.ts';
import { verifyEvidenceChain } from '../../stream/evidence-chain.ts';
import { evidenceEnvelopeFile } from '../../stream/evidence-file.ts';
import type { SigningKey } from '../../stream/signing.ts';
import { Report } from '../../task/report.ts';
import type { EvidenceDraft, StoredEvidence } from './evidence.ts';
import { factsOfEvidence, writeEvidence } from './evidence.ts';
import { inspectDrill } from './inspect.ts';

const ours = makeSigningKey();
const theirs = makeSigningKey();
const folder = '_drills/shop/shop-monthly/';

let rig: WorkerRig;
beforeEach(async () => {
  rig = await makeWorkerRig();
});
afterEach(() => rig.remove());

const runId = (n: number): string => `202611${String(n).padStart(2, '0')}T030000Z-a`;

/** What the drill of day `n` has to say. */
function draft(n: number, more: Partial<Evidence> = {}): EvidenceDraft {
  const { sequence: _s, previous: _p, past: _past, chain: _c, signedBy: _k, ...rest } = evidence(more);
  const day = `2026-11-${String(n).padStart(2, '0')}`;
  return { ...rest, runId: runId(n), completionTime: `${day}T03:00:10.000Z` };
}

async function write(
  n: number,
  more: Partial<Evidence> = {},
  { key = ours as SigningKey | null, faults = {} as Partial<Store> } = {},
): Promise<StoredEvidence> {
  const workspace = rig.workspace({ faults, ...(key === null ? {} : { signingKey: key }) });
  return await writeEvidence(workspace, draft(n, more));
}

const files = (): Promise<Map<string, Buffer>> => filesBelow(rig.volume, folder);

async function change(path: string, edit: (text: string) => string): Promise<void> {
  const file = (await files()).get(path);
  await rig.volume.put(`${folder}${path}`, Buffer.from(edit(file?.toString('utf8') ?? '')));
}

describe('evidence that is written', () => {
  test('lies in three files that verify, and says where', async () => {
    const stored = await write(1);
    expect([...(await files()).keys()]).toEqual(
      ['evidence.dsse.json', 'evidence.html', 'evidence.json'].map((name) => `${runId(1)}/${name}`),
    );
    expect(stored).toMatchObject({ path: `${folder}${runId(1)}`, signed: true });
    expect(stored.evidence).toMatchObject({ sequence: 1, past: [], chain: { checked: 0, faults: [] } });
    expect(verifyEvidenceChain(await files(), [ours])).toMatchObject({ valid: true, unfinished: [] });
  });

  test('repeats the digest of the one before, and what the last twelve measured', async () => {
    const all: StoredEvidence[] = [];
    for (let n = 1; n <= 14; n++) all.push(await write(n));
    const last = all[13]?.evidence;
    expect(last?.previous).toEqual({ runId: runId(13), digest: all[12]?.digest });
    expect(last?.sequence).toBe(14);
    expect(last?.chain).toEqual({ checked: 12, faults: [] });
    expect(last?.past.map((past) => past.runId)).toEqual(
      Array.from({ length: 12 }, (_, index) => runId(13 - index)),
    );
    expect(last?.past[0]).toEqual({
      runId: runId(13),
      completionTime: '2026-11-13T03:00:10.000Z',
      verdict: 'Passed',
      recoveryTimeSeconds: 7.2,
      recoveryPointSeconds: 20_539,
    });
    expect((await files()).get(`${runId(14)}/evidence.html`)?.toString()).toContain(all[12]?.digest);
    expect(verifyEvidenceChain(await files(), [ours]).valid).toBe(true);
  });

  test('has an envelope without signatures where the repository has no key', async () => {
    expect(await write(1, {}, { key: null })).toMatchObject({ signed: false });
    const { runs, valid } = verifyEvidenceChain(await files(), []);
    expect({ valid, signature: runs[0]?.signature }).toEqual({ valid: true, signature: 'Unsigned' });
  });

  test('holds no secret that the worker has read', async () => {
    const workspace = rig.workspace();
    workspace.scrubber.add('hunter2-secret');
    const checks = [
      { id: 'Restore' as const, outcome: 'Failed' as const, detail: 'refused hunter2-secret', seconds: 1 },
    ];
    await writeEvidence(workspace, draft(1, { summary: 'hunter2-secret was refused', checks }));
    for (const file of (await files()).values()) expect(file.toString()).not.toContain('hunter2-secret');
  });

  test('is not written again by another attempt of the same drill', async () => {
    const first = await write(1);
    await write(2);
    const again = await write(1, { verdict: 'Failed', reason: 'Rows' });
    expect(again).toEqual(first);
    expect(verifyEvidenceChain(await files(), [ours]).valid).toBe(true);
  });

  test('replaces what an attempt left that was cut short', async () => {
    await rig.volume.put(`${folder}${runId(1)}/evidence.json`, Buffer.from('half'));
    await write(1);
    expect(verifyEvidenceChain(await files(), [ours]).valid).toBe(true);
  });
});

describe('a chain that does not hold', () => {
  const cases: [string, () => Promise<unknown>, RegExp][] = [
    [
      'changed',
      () => change(`${runId(2)}/evidence.dsse.json`, (text) => text.replace('"sig": "', '"sig": "AAAA')),
      /signature does not hold/,
    ],
    ['no JSON any more', () => change(`${runId(2)}/evidence.dsse.json`, () => 'x'), /not a DSSE envelope/],
    [
      'signed by another key',
      async () => {
        await rig.volume.delete(`${folder}${runId(2)}/evidence.dsse.json`);
        await write(2, {}, { key: theirs });
      },
      /signed by another key: SHA256:/,
    ],
    [
      'not signed',
      async () => {
        await rig.volume.delete(`${folder}${runId(2)}/evidence.dsse.json`);
        await write(2, {}, { key: null });
      },
      /not signed/,
    ],
  ];
  test.each(cases)('is followed and named when its newest envelope is %s', async (_, damage, fault) => {
    await write(1);
    await write(2);
    await damage();
    const third = await write(3);
    expect(third.evidence.sequence).toBe(3);
    expect(third.evidence.previous?.runId).toBe(runId(2));
    expect(third.evidence.chain.faults).toEqual([{ runId: runId(2), fault: expect.stringMatching(fault) }]);
    expect(third.evidence.past.map((past) => past.runId)).toEqual([runId(1)]);
    expect(factsOfEvidence(third.evidence, third).message).toContain('evidence before does not hold');
    const { runs } = verifyEvidenceChain(await files(), [ours]);
    expect(runs.map(({ runId: id, faults }) => [id, faults.length > 0])).toEqual(
      expect.arrayContaining([
        [runId(1), false],
        [runId(2), true],
        [runId(3), false],
      ]),
    );
  });

  test('is named once when the key of the repository was changed', async () => {
    for (const n of [1, 2, 3]) await write(n, {}, { key: theirs });
    const fault = expect.stringContaining(`another key: ${theirs.fingerprint}`);
    expect((await write(4)).evidence.chain.faults).toEqual(
      [1, 2, 3].map((n) => ({ runId: runId(n), fault })),
    );
    const { evidence: fifth } = await write(5);
    expect(fifth.chain).toEqual({ checked: 4, faults: [] });
    expect(fifth.past.map((past) => past.runId)).toEqual([runId(4)]);
    await rig.volume.delete(`${folder}${runId(3)}/evidence.dsse.json`);
    await write(3, { summary: 'all was well' }, { key: theirs });
    const replaced = (await write(6)).evidence.chain.faults.map((one) => one.runId);
    expect(replaced).toEqual(expect.arrayContaining([runId(3), runId(4)]));
  });

  test('is named when an envelope in its middle is gone', async () => {
    for (const n of [1, 2, 3]) await write(n);
    await rig.volume.delete(`${folder}${runId(2)}/evidence.dsse.json`);
    const { evidence: fourth } = await write(4);
    expect(fourth.chain.faults).toEqual([
      { runId: runId(3), fault: expect.stringContaining(`${runId(2)}, is missing`) },
    ]);
  });

  test('is named when the newest that the operator knows of is gone or another, and only then', async () => {
    await write(1);
    const second = await write(2);
    const known = { runId: runId(2), digest: second.digest };
    const writeKnowing = async (n: number): Promise<Evidence['chain']['faults']> => {
      const workspace = rig.workspace({ signingKey: ours });
      return (await writeEvidence(workspace, draft(n), known)).evidence.chain.faults;
    };
    expect(await writeKnowing(3)).toEqual([]);
    await rig.volume.delete(`${folder}${runId(2)}/evidence.dsse.json`);
    await rig.volume.delete(`${folder}${runId(3)}/evidence.dsse.json`);
    expect(await writeKnowing(4)).toEqual([
      { runId: runId(2), fault: expect.stringContaining('known to have been written, and missing') },
    ]);
    await rig.volume.delete(`${folder}${runId(4)}/evidence.dsse.json`);
    await write(2, { verdict: 'Failed', reason: 'Rows' });
    expect(await writeKnowing(5)).toEqual([
      { runId: runId(2), fault: expect.stringContaining(`known as ${second.digest}`) },
    ]);
  });

  /** Puts evidence of that id there that looks right, and that nobody has signed. */
  async function plant(id: string, { sequence, previous }: Partial<Evidence> = {}): Promise<string> {
    const planted: Evidence = { ...evidence(), runId: id, sequence: sequence ?? 1 };
    if (previous !== undefined) planted.previous = previous;
    const digests = { document: `sha256:${'0'.repeat(64)}`, page: `sha256:${'1'.repeat(64)}` };
    const file = evidenceEnvelopeFile(planted, digests, undefined);
    await rig.volume.put(`${folder}${id}/evidence.dsse.json`, file);
    return digestOf(file).digest;
  }

  test.each([999_999_999, 9_000_000_000])('does not use up the numbers by a forged %d', async (sequence) => {
    await write(1);
    await plant(runId(2), { sequence });
    const { evidence: third } = await write(3);
    expect(third.sequence).toBe(sequence === 999_999_999 ? 1_000_000_000 : 3);
    for (let n = 4; n <= 15; n++) await write(n);
    expect((await write(16)).evidence.sequence).toBe(third.sequence + 13);
  });

  test('goes on past evidence of a time to come, and names it', async () => {
    await write(1);
    const planted = Array.from({ length: 12 }, (_, index) => `99991231T2359${String(index + 10)}Z`);
    for (const id of planted) await plant(id, { sequence: 14 });
    const [second, third] = [await write(2), await write(3)];
    expect([second.evidence.sequence, third.evidence.sequence]).toEqual([2, 3]);
    expect(second.evidence.previous?.runId).toBe(runId(1));
    expect(third.evidence.previous).toEqual({ runId: runId(2), digest: second.digest });
    expect(third.evidence.chain.faults).toEqual(
      planted.map((id) => ({ runId: id, fault: expect.stringContaining('a time that has not come') })),
    );
  });

  test('names all that was planted, however it speaks for itself', async () => {
    const { digest } = await write(1);
    let previous = { runId: runId(1), digest };
    for (const n of [2, 3, 4])
      previous = { runId: runId(n), digest: await plant(runId(n), { sequence: n, previous }) };
    const { evidence: fifth } = await write(5);
    expect(fifth.previous).toEqual(previous);
    expect(fifth.chain.faults.map((one) => one.runId)).toEqual([runId(2), runId(3), runId(4)]);
    expect((await write(6)).evidence.chain.faults).toEqual([]);
  });
});

describe('a store that fails', () => {
  const gone = new Failure('StoreUnreachable', 'no route');
  const on = (part: string, fail: () => never): Partial<Store> => ({
    put: async (key, ...rest) => {
      if (key.endsWith(part)) fail();
      return await rig.volume.put(key, ...rest);
    },
  });
  const refuse = (): never => {
    throw gone;
  };

  test('before the envelope leaves no evidence, and says what the drill came to', async () => {
    await expect(write(1, {}, { faults: on('evidence.html', refuse) })).rejects.toMatchObject({
      reason: 'EvidenceNotWritten',
      message: expect.stringMatching(/came to Passed.*no route/),
    });
    expect(verifyEvidenceChain(await files(), [ours])).toMatchObject({ runs: [], unfinished: [runId(1)] });
  });

  test('while the envelope is sent leaves open whether there is evidence', async () => {
    await expect(write(1, {}, { faults: on('evidence.dsse.json', refuse) })).rejects.toMatchObject({
      name: 'PublicationUnknown',
      cause: gone,
    });
  });

  test('by giving back other bytes leaves no evidence', async () => {
    const faults: Partial<Store> = {
      put: (key, body, options) =>
        rig.volume.put(key, key.endsWith('evidence.json') ? Buffer.from('{}') : body, options),
    };
    await expect(write(1, {}, { faults })).rejects.toMatchObject({
      reason: 'EvidenceNotWritten',
      message: expect.stringContaining('reads back with other bytes'),
    });
  });

  test('to keep what was written is found when the same drill is tried again', async () => {
    await write(1);
    await change(`${runId(1)}/evidence.json`, (text) => text.replace('1200', '1201'));
    await expect(write(1)).rejects.toMatchObject({
      reason: 'EvidenceInvalid',
      message: expect.stringContaining('evidence.json has sha256:'),
    });
  });
});

describe('an inspection', () => {
  const inspect = async (n: number): Promise<Report> => {
    const task = {
      version: 1 as const,
      kind: 'inspect-drill' as const,
      repository: {
        volume: { claimName: 'backups' },
        encryption: { none: {} },
        probe: { intervalSeconds: 86_400 },
        suspend: false,
      },
      drill: draft(n).drill,
      run: { id: runId(n) },
    };
    return Report.parse(await inspectDrill(task, rig.workspace({ signingKey: ours })));
  };

  test('reports the drill from its evidence', async () => {
    const { digest } = await write(1);
    expect(await inspect(1)).toEqual({
      version: 1,
      kind: 'inspect-drill',
      drill: {
        runId: runId(1),
        verdict: 'Passed',
        reason: 'Passed',
        message: '2 tables, 1,210 rows equal; control caught',
        startTime: '2026-11-01T03:00:00.000Z',
        completionTime: '2026-11-01T03:00:10.000Z',
        backupRunId: '20261031T211740Z-aaaa',
        snapshotTime: '2026-10-31T21:17:41.000Z',
        recoveryTimeSeconds: 8,
        recoveryPointSeconds: 20_539,
        largestGapSeconds: 86_400,
        phases: { fetch: 1, decrypt: 0, load: 3, index: 1, analyse: 0, check: 1 },
        tables: 2,
        rows: 1210,
        storedBytes: 4_402_341,
        restoredBytes: 52_428_800,
        evidence: { path: `${folder}${runId(1)}`, digest, signed: true },
      },
    });
  });

  test('of a drill without evidence reports none', async () => {
    expect(await inspect(1)).toEqual({ version: 1, kind: 'inspect-drill' });
  });

  test('of evidence that was copied from another drill is refused', async () => {
    const other = { namespace: 'shop', name: 'shop-weekly', uid: 'uid-10' };
    await write(1, { drill: other });
    for (const [name, body] of await filesBelow(rig.volume, `_drills/shop/shop-weekly/${runId(1)}/`))
      await rig.volume.put(`${folder}${runId(1)}/${name}`, body);
    await expect(inspect(1)).rejects.toMatchObject({
      reason: 'EvidenceInvalid',
      message: expect.stringContaining('it is of drill shop/shop-weekly'),
    });
    const { evidence: next } = await write(2);
    expect(next.chain.faults).toEqual([{ runId: runId(1), fault: expect.stringContaining('shop-weekly') }]);
    expect(next.past).toEqual([]);
  });

  test('of evidence that was changed is refused', async () => {
    await write(1, {}, { key: theirs });
    await expect(inspect(1)).rejects.toMatchObject({ reason: 'EvidenceInvalid' });
  });
});
