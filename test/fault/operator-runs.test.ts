import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { postgresBackupType } from '../../src/api/v1alpha1/postgres-backup.ts';
import { jobType, podType } from '../../src/kube/types.ts';
import { slotNames } from '../../src/domain/slot.ts';
import { kstatus } from '../builders/kstatus.ts';
import type { World } from './operator-world.ts';
import { failedReport, goodReport, runFacts, startWorld } from './operator-world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(async () => {
  await world.close();
});

const key = { namespace: 'shop', name: 'shop' };
const untilSlot = 17 * 60;
const slot = '2026-11-20T02:17:00Z';

function condition(type: string): { status: string; reason: string; message: string } | undefined {
  return world.backup().status?.conditions?.find((one) => one.type === type);
}
function inspectKey(): { namespace: string; name: string } {
  return { namespace: 'shop', name: `${world.runJob().name}-i` };
}
function inspectReport(run?: object): string {
  return JSON.stringify({ version: 1, kind: 'inspect', ...(run && { run }) });
}
async function startRun(): Promise<string> {
  world.seedRepository();
  world.seedBackup();
  await world.wait(untilSlot);
  const run = world.backup().status!.currentRun!;
  expect(run.stage).toBe('Running');
  return run.runId;
}
/** Nothing but what is expected to be there is left: no Job is held, no server is held. */
function expectNothingHeld(): void {
  expect(world.jobs().filter(({ metadata }) => (metadata.finalizers ?? []).length > 0)).toEqual([]);
  expect(world.leases().filter(({ spec }) => spec?.holderIdentity)).toEqual([]);
}

describe('a run of the schedule', () => {
  it('starts at its slot, not before, and ends in status', async () => {
    world.seedRepository();
    world.seedBackup();
    await world.wait(untilSlot - 60);
    expect(world.jobs()).toEqual([]);
    expect(condition('Ready')).toMatchObject({ status: 'True', reason: 'Scheduled' });
    expect(world.backup().status?.nextRunTime).toBe(slot);

    await world.wait(60);
    const { runId } = world.backup().status!.currentRun!;
    expect(condition('Ready')).toMatchObject({ status: 'True', reason: 'Running' });
    const message = goodReport(runId, { phases: { dump: 21, readBack: 9 } });
    world.server.jobs.finish(world.runJob(), { exitCode: 0, message });
    await world.settle();

    expect(world.backup().status).toMatchObject({
      runs: [{ runId, phases: { dump: 21, readBack: 9 } }],
      lastSlotTime: slot,
      nextRunTime: '2026-11-21T02:17:00Z',
      lastSuccess: {
        runId,
        snapshotTime: '2026-11-20T02:17:10Z',
        storedBytes: 1000,
        location: 's3://acme-backups/postgres at AWS',
      },
      server: { version: '16.9', systemIdentifier: '7351' },
      stored: { runs: 3, bytes: 3000 },
    });
    expect(condition('LastRunSucceeded')).toMatchObject({
      status: 'True',
      reason: 'Verified',
      message: `${runId}: 1000 B in 38s, 12 tables, verified to Inventoried`,
    });
    expect(world.events.map(({ reason }) => reason)).toEqual(['RunLaunched', 'RunSucceeded']);
    expect(kstatus(world.backup())).toBe('Current');
    expectNothingHeld();
  });

  it('says why retention keeps more than the rules ask for', async () => {
    const report = JSON.parse(goodReport(await startRun())) as { stored: object };
    const retentionHeld = 'run x stays: no newer run holds as much of database shop';
    const message = JSON.stringify({ ...report, stored: { ...report.stored, retentionHeld } });
    world.server.jobs.finish(world.runJob(), { exitCode: 0, message });
    await world.settle();
    expect(condition('LastRunSucceeded')?.message).toContain(`verified to Inventoried; ${retentionHeld}`);
    expect(world.events.at(-1)?.note).toContain(retentionHeld);
  });

  it('is a failed run, not a broken object, when its worker says that it failed', async () => {
    const runId = await startRun();
    const message = failedReport('WrongPassword', 'the server refused the password of user app');
    world.server.jobs.finish(world.runJob(), { exitCode: 64, message });
    await world.settle();

    expect(condition('LastRunSucceeded')).toMatchObject({
      status: 'False',
      reason: 'WrongPassword',
      message: `${runId}: the server refused the password of user app. Correct the connection Secret.`,
    });
    expect(condition('Ready')).toMatchObject({ status: 'True', reason: 'Scheduled' });
    expect(kstatus(world.backup())).toBe('Current');
    expect(world.jobs()).toHaveLength(1);
    expectNothingHeld();
  });

  it('shows a try that failed while the next one is on its way', async () => {
    await startRun();
    world.server.jobs.finish(world.runJob(), {
      exitCode: 1,
      message: failedReport('CannotConnect', 'no answer from db:5432'),
    });
    await world.settle();
    expect(condition('Reconciling')).toMatchObject({ status: 'True', reason: 'CannotConnect' });

    await world.wait(60);
    const { runId } = world.backup().status!.currentRun!;
    world.server.jobs.finish(world.runJob(), { exitCode: 0, message: goodReport(runId) });
    await world.settle();
    expect(world.backup().status?.runs).toMatchObject([{ runId, outcome: 'Succeeded' }]);
    expect(condition('Reconciling')).toBeUndefined();
  });

  it('writes nothing more at any stage once it has settled', async () => {
    const stages: string[] = [];
    const settledTwice = async (stage: string): Promise<void> => {
      await world.settle();
      const before = world.server.log.writes().length;
      await world.settle();
      if (world.server.log.writes().length !== before) stages.push(stage);
    };
    world.seedRepository();
    await settledTwice('repository');
    world.seedBackup();
    await settledTwice('scheduled');
    await world.wait(untilSlot);
    await settledTwice('running');
    const { runId } = world.backup().status!.currentRun!;
    world.server.jobs.finish(world.runJob(), { exitCode: 0, message: goodReport(runId) });
    await settledTwice('ended');
    await world.wait(3600);
    await settledTwice('an hour later');
    expect(stages).toEqual([]);
  });

  it('shows how far the worker is', async () => {
    const runId = await startRun();
    world.progress = { runId, step: 'Dump shop', bytes: 4096, objects: 0 };
    await world.wait(60);
    expect(world.backup().status?.currentRun?.progress).toMatchObject({ step: 'Dump shop', bytes: 4096 });
    world.progress = { runId: 'somebody else', step: 'x', bytes: 1, objects: 1 };
    await world.wait(60);
    expect(world.backup().status?.currentRun?.progress).toMatchObject({ step: 'Dump shop', bytes: 4096 });
  });
});

describe('a Job under the name that a run needs', () => {
  it('of somebody else stops the backup until it goes, and no second name is tried', async () => {
    world.seedRepository();
    const { metadata } = world.seedBackup();
    const time = new Date(slot);
    const { jobName } = slotNames(
      { name: 'shop', uid: metadata.uid! },
      { trigger: 'Schedule', time, mark: slot },
    );
    world.server.seed(jobType, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: jobName, namespace: 'shop' },
      spec: { suspend: true },
    });
    await world.wait(untilSlot);
    expect(condition('Stalled')).toMatchObject({ reason: 'NameCollision', status: 'True' });
    expect(kstatus(world.backup())).toBe('Failed');
    expect(world.jobs()).toHaveLength(1);
    expect(world.events.filter(({ reason }) => reason === 'NameCollision')).toHaveLength(1);

    world.server.remove(jobType, { namespace: 'shop', name: jobName });
    await world.wait(60);
    expect(world.backup().status?.currentRun?.stage).toBe('Running');
    expect(condition('Stalled')).toBeUndefined();
  });

  it.each([
    { whose: 'of another owner with our slot', ownerUid: 'another', slotId: undefined },
    { whose: 'of ours for another slot', ownerUid: undefined, slotId: 'ffffffffff' },
  ])('$whose is somebody else', async ({ ownerUid, slotId }) => {
    world.seedRepository();
    const { metadata } = world.seedBackup();
    const names = slotNames(
      { name: 'shop', uid: metadata.uid! },
      { trigger: 'Schedule', time: new Date(slot), mark: slot },
    );
    world.server.garbageCollector.enabled = false;
    const owner = {
      apiVersion: 'pgcairn.dev/v1alpha1',
      kind: 'PostgresBackup',
      name: 'shop',
      uid: ownerUid ?? metadata.uid!,
      controller: true,
    };
    world.server.seed(jobType, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: names.jobName,
        namespace: 'shop',
        annotations: { 'pgcairn.dev/slot-id': slotId ?? names.slotId },
        ownerReferences: [owner],
      },
      spec: { suspend: true },
    });
    await world.wait(untilSlot);
    expect(condition('Stalled')).toMatchObject({ reason: 'NameCollision', status: 'True' });
  });

  it('of somebody else costs the slot once the starting deadline is over', async () => {
    world.seedRepository();
    const { metadata } = world.seedBackup();
    const { jobName } = slotNames(
      { name: 'shop', uid: metadata.uid! },
      { trigger: 'Schedule', time: new Date(slot), mark: slot },
    );
    world.server.seed(jobType, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: jobName, namespace: 'shop' },
      spec: { suspend: true },
    });
    await world.wait(untilSlot + 3700);
    expect(world.backup().status?.missedRuns).toEqual({
      count: 1,
      lastTime: slot,
      reason: 'NameCollision',
    });
    expect(world.backup().status?.currentRun).toBeUndefined();
    expect(condition('Ready')).toMatchObject({ status: 'True', reason: 'Scheduled' });
  });
});

describe('a status that was lost', () => {
  it('is made again from the Job of the run, and the run is not begun twice', async () => {
    const runId = await startRun();
    world.server.patch(postgresBackupType, key, { status: null }, 'status');
    expect(world.backup().status).toBeFalsy();
    await world.settle();
    expect(world.backup().status?.currentRun).toMatchObject({ runId, stage: 'Running', trigger: 'Schedule' });

    world.server.jobs.finish(world.runJob(), { exitCode: 0, message: goodReport(runId) });
    await world.settle();
    expect(world.backup().status?.runs).toMatchObject([{ runId, outcome: 'Succeeded' }]);
    expect(world.jobs()).toHaveLength(1);
    expectNothingHeld();
  });

  it('does not run its last slot again when even the Job is gone', async () => {
    const runId = await startRun();
    world.server.jobs.finish(world.runJob(), { exitCode: 0, message: goodReport(runId) });
    await world.settle();
    world.server.jobs.expire({ namespace: 'shop', name: world.jobs()[0]!.metadata.name });
    expect(world.jobs()).toEqual([]);

    world.server.patch(postgresBackupType, key, { status: null }, 'status');
    await world.wait(60);
    expect(world.jobs()).toEqual([]);
    expect(world.backup().status?.nextRunTime).toBe('2026-11-21T02:17:00Z');
  });

  it('does not act on an old request again', async () => {
    world.seedRepository();
    const annotations = { 'pgcairn.dev/run-requested': 'one' };
    world.seedBackup({ metadata: { annotations } });
    await world.settle();
    const { runId } = world.backup().status!.currentRun!;
    world.server.jobs.finish(world.runJob(), { exitCode: 0, message: goodReport(runId) });
    await world.settle();
    world.server.jobs.expire({ namespace: 'shop', name: world.jobs()[0]!.metadata.name });
    world.server.patch(postgresBackupType, key, { status: null }, 'status');
    await world.settle();
    expect(world.jobs()).toEqual([]);
    expect(world.backup().status?.currentRun).toBeUndefined();
  });
});

describe('a run without a readable report', () => {
  const cases: readonly { name: string; end: (job: { namespace: string; name: string }) => void }[] = [
    {
      name: 'that is not JSON',
      end: (job) => world.server.jobs.finish(job, { exitCode: 0, message: 'all is well' }),
    },
    {
      name: 'that is longer than the kubelet keeps',
      end: (job) =>
        world.server.jobs.finish(job, {
          exitCode: 0,
          message: JSON.stringify({ version: 1, kind: 'failed', message: 'x'.repeat(5000) }),
        }),
    },
    {
      name: 'of another version',
      end: (job) => world.server.jobs.finish(job, { exitCode: 0, message: '{"version":2,"kind":"backup"}' }),
    },
    {
      name: 'about another run',
      end: (job) => world.server.jobs.finish(job, { exitCode: 0, message: goodReport('another') }),
    },
    {
      name: 'of a failure by a worker that ended well',
      end: (job) => world.server.jobs.finish(job, { exitCode: 0, message: failedReport('Internal', 'x') }),
    },
    {
      name: 'of a good run by a worker that ended badly',
      end: (job) => {
        const { runId } = world.backup().status!.currentRun!;
        world.server.jobs.finish(job, { exitCode: 64, message: goodReport(runId) });
      },
    },
    {
      name: 'because its Job and pods were removed',
      end: (job) => {
        world.server.remove(jobType, job);
      },
    },
  ];

  it.each(cases)('$name is good when the store holds its manifest', async ({ end }) => {
    const runId = await startRun();
    end(world.runJob());
    await world.settle();
    await world.wait(60);
    expect(world.backup().status?.currentRun?.stage).toBe('Inspecting');
    world.server.jobs.finish(inspectKey(), { exitCode: 0, message: inspectReport(runFacts(runId)) });
    await world.settle();
    expect(world.backup().status?.runs).toMatchObject([{ runId, outcome: 'Succeeded' }]);
    expect(world.jobs('backup').length).toBeLessThanOrEqual(1);
    expectNothingHeld();
  });

  it.each(cases)('$name has failed when the store holds no manifest', async ({ end }) => {
    const runId = await startRun();
    end(world.runJob());
    await world.settle();
    await world.wait(60);
    world.server.jobs.finish(inspectKey(), { exitCode: 0, message: inspectReport() });
    await world.settle();
    expect(world.backup().status?.runs).toMatchObject([
      { runId, outcome: 'Failed', reason: 'ManifestMissing' },
    ]);
    expectNothingHeld();
  });

  it.each([
    {
      what: 'good when the store holds it',
      isThere: true,
      record: { outcome: 'Succeeded', reason: 'Verified' },
      note: 'the worker said StoreUnreachable: no answer from s3; its manifest was read from the store',
    },
    {
      what: 'what it failed with, else',
      isThere: false,
      record: { outcome: 'Failed', reason: 'StoreUnreachable' },
      note: 'no answer from s3',
    },
  ])('that failed while its manifest was on the way is $what', async ({ isThere, record, note }) => {
    const runId = await startRun();
    const report = {
      version: 1,
      kind: 'failed',
      reason: 'StoreUnreachable',
      message: 'no answer from s3',
      mayBePublished: true,
    };
    world.server.jobs.finish(world.runJob(), { exitCode: 64, message: JSON.stringify(report) });
    await world.settle();
    const answer = isThere ? inspectReport(runFacts(runId)) : inspectReport();
    world.server.jobs.finish(inspectKey(), { exitCode: 0, message: answer });
    await world.settle();
    expect(world.backup().status?.runs).toMatchObject([{ runId, ...record }]);
    expect(world.events.at(-1)!.note).toContain(note);
    expectNothingHeld();
  });

  it('is asked about only when no pod of it can publish any more', async () => {
    await startRun();
    const pod = world.server.jobs.podOf(world.runJob())!;
    world.server.garbageCollector.enabled = false;
    const job = world.runJob();
    world.server.patch(jobType, job, { metadata: { finalizers: [] } });
    world.server.remove(jobType, job);
    await world.wait(60);
    expect(world.backup().status?.currentRun?.stage).toBe('Running');
    expect(condition('Ready')?.message).toContain('the pod of a removed Job to end');
    world.server.remove(podType, { namespace: 'shop', name: pod.metadata.name });
    await world.wait(60);
    expect(world.backup().status?.currentRun?.stage).toBe('Inspecting');
  });

  it('has failed when the store tells about another run', async () => {
    await startRun();
    world.server.jobs.finish(world.runJob(), { exitCode: 0 });
    await world.settle();
    world.server.jobs.finish(inspectKey(), { exitCode: 0, message: inspectReport(runFacts('another')) });
    await world.settle();
    expect(world.backup().status?.runs?.[0]).toMatchObject({ outcome: 'Failed', reason: 'ReportMissing' });
  });

  it('has failed when the store cannot be asked', async () => {
    await startRun();
    world.server.jobs.finish(world.runJob(), { exitCode: 0 });
    await world.settle();
    world.server.jobs.finish(inspectKey(), {
      exitCode: 64,
      message: failedReport('StoreCredentialsRefused', 'the key is not known'),
    });
    await world.settle();
    expect(world.backup().status?.runs?.[0]).toMatchObject({ outcome: 'Failed', reason: 'ReportMissing' });
    expect(condition('LastRunSucceeded')?.message).toContain('the key is not known');
    expectNothingHeld();
  });

  it('has a manifest that does not hold when the store says so, which is no outage', async () => {
    const runId = await startRun();
    world.server.jobs.finish(world.runJob(), { exitCode: 137, reason: 'Error' });
    world.server.remove(jobType, world.runJob());
    await world.wait(60);
    const fault = `the manifest of run ${runId} does not hold: its signature is not of the repository's key`;
    world.server.jobs.finish(inspectKey(), {
      exitCode: 64,
      message: failedReport('ManifestInvalid', fault),
    });
    await world.settle();
    expect(world.backup().status?.runs).toMatchObject([
      { runId, outcome: 'Failed', reason: 'ManifestInvalid' },
    ]);
    expect(condition('LastRunSucceeded')).toMatchObject({ status: 'False', reason: 'ManifestInvalid' });
    const { message } = condition('LastRunSucceeded')!;
    expect(message).toContain(fault);
    expect(message).toContain('Somebody or something changed the store.');
    expect(message).not.toContain('could not be asked');
    expectNothingHeld();
  });

  it.each([
    {
      name: 'out of memory',
      end: () => world.server.jobs.outOfMemory(world.runJob()),
      reason: 'OutOfMemory',
    },
    {
      name: 'stopped',
      end: () => world.server.jobs.finish(world.runJob(), { exitCode: 143 }),
      reason: 'Interrupted',
    },
  ])('says why when every try was $name', async ({ end, reason }) => {
    await startRun();
    for (const wait of [60, 60, 0]) {
      end();
      await world.settle();
      await world.wait(wait);
    }
    expect(world.backup().status?.currentRun?.stage).toBe('Inspecting');
    world.server.jobs.finish(inspectKey(), { exitCode: 0, message: inspectReport() });
    await world.settle();
    expect(world.backup().status?.runs).toMatchObject([{ outcome: 'Failed', reason }]);
  });

  it('goes on with another pod after an eviction, which costs no try', async () => {
    const runId = await startRun();
    for (let evictions = 0; evictions < 4; evictions += 1) {
      world.server.jobs.evict(world.runJob());
      await world.wait(120);
    }
    expect(world.backup().status?.currentRun).toMatchObject({ runId, stage: 'Running' });
    world.server.jobs.finish(world.runJob(), { exitCode: 0, message: goodReport(runId) });
    await world.settle();
    expect(world.backup().status?.runs).toMatchObject([{ outcome: 'Succeeded' }]);
  });

  it('ended at its deadline says so', async () => {
    await startRun();
    await world.wait(14_400);
    world.server.jobs.finish(inspectKey(), { exitCode: 0, message: inspectReport() });
    await world.settle();
    expect(world.backup().status?.runs).toMatchObject([{ outcome: 'Failed', reason: 'DeadlineExceeded' }]);
  });

  it('whose pod never found a node says that, not only that time ran out', async () => {
    await startRun();
    const pod = world.server.jobs.podOf(world.runJob())!;
    const podKey = { namespace: 'shop', name: pod.metadata.name };
    const conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available' },
    ];
    world.server.patch(podType, podKey, { status: { phase: 'Pending', conditions } }, 'status');
    await world.settle();
    expect(condition('Reconciling')).toMatchObject({ reason: 'PodUnschedulable' });
    expect(condition('Reconciling')?.message).toContain('0/1 nodes are available');

    world.server.patch(podType, podKey, { status: { phase: 'Running' } }, 'status');
    world.server.patch(
      jobType,
      world.runJob(),
      { status: { conditions: [{ type: 'Failed', status: 'True', reason: 'DeadlineExceeded' }] } },
      'status',
    );
    world.server.remove(podType, podKey);
    await world.settle();
    world.server.jobs.finish(inspectKey(), { exitCode: 0, message: inspectReport() });
    await world.settle();
    expect(world.backup().status?.runs).toMatchObject([{ outcome: 'Failed', reason: 'PodUnschedulable' }]);
  });
});

describe('two operators at once', () => {
  it('make one Job of a slot, and one record of its run', async () => {
    world.seedRepository();
    world.seedBackup();
    await world.wait(untilSlot - 60);
    const [one, two] = [world.operator(), world.operator()];
    await world.clock.advance(60_000);
    const both = async (): Promise<void> => {
      for (let pass = 0; pass < 12; pass += 1) {
        await Promise.all([one.pass(key, postgresBackupType), two.pass(key, postgresBackupType)]);
      }
    };
    await both();
    const { runId } = world.backup().status!.currentRun!;
    world.server.jobs.finish(world.runJob(), { exitCode: 0, message: goodReport(runId) });
    await both();
    const history = [...world.server.log.history(jobType).values()];
    expect(history.map(({ created }) => created)).toEqual([1]);
    expect(world.backup().status?.runs).toMatchObject([{ runId, outcome: 'Succeeded' }]);
    expectNothingHeld();
  });
});

describe('a run that holds far less than the one before', () => {
  it('is verified, but said aloud to be suspicious; so are runs in the store that do not hold', async () => {
    const runId = await startRun();
    const report = JSON.parse(goodReport(runId, { suspicious: true })) as { stored: object };
    const message = JSON.stringify({
      ...report,
      stored: { ...report.stored, invalidRuns: 2 },
      notes: ['rows fell from 1,000 to 3'],
    });
    world.server.jobs.finish(world.runJob(), { exitCode: 0, message });
    await world.settle();
    expect(condition('LastRunSucceeded')).toMatchObject({ status: 'True', reason: 'VerifiedSuspicious' });
    expect(condition('LastRunSucceeded')?.message).toMatch(
      /retention removes nothing.*rows fell.*2 runs in the store/,
    );
    expect(world.backup().status).toMatchObject({ runs: [{ suspicious: true }], stored: { invalidRuns: 2 } });
    expect(world.events.slice(-2)).toMatchObject([
      { type: 'Warning', reason: 'RunSuspicious' },
      { type: 'Warning', reason: 'RunsInvalid' },
    ]);
  });
});

describe('a run of a standby', () => {
  it('says once how far behind that was, and misses a promise that its data is too old for', async () => {
    world.seedRepository();
    world.seedBackup({ spec: { objectives: { recoveryPointSeconds: 90_000 } } });
    await world.wait(untilSlot);
    const { runId } = world.backup().status!.currentRun!;
    const standby = 'the server is a standby, at most 7 d behind';
    const report = JSON.parse(goodReport(runId, { standby, snapshotTime: '2026-11-13T02:17:10Z' })) as object;
    const message = JSON.stringify({ ...report, notes: [standby] });
    world.server.jobs.finish(world.runJob(), { exitCode: 0, message });
    await world.settle();
    expect(condition('LastRunSucceeded')?.message).toContain(standby);
    expect(condition('ObjectivesMet')).toMatchObject({ status: 'False', reason: 'RecoveryPointMissed' });
    expect(world.events.at(-1)?.note.split(standby)).toHaveLength(2);
  });
});
