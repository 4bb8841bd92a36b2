import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backupRepositoryType } from '../../src/api/v1alpha1/backup-repository.ts';
import { postgresBackupType } from '../../src/api/v1alpha1/postgres-backup.ts';
import { jobType, leaseType } from '../../src/kube/types.ts';
import type { Job } from '../../src/kube/types.ts';
import { serverKey, serverLeaseName } from '../../src/operator/backup/server-key.ts';
import { kstatus } from '../builders/kstatus.ts';
import { postgresBackupSpec } from '../builders/postgres-backup.ts';
import type { World } from './operator-world.ts';
import { goodReport, startWorld } from './operator-world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(async () => {
  await world.close();
});

const hour = 3600;
const key = { namespace: 'shop', name: 'shop' };

function condition(
  type: string,
  name = 'shop',
): { status: string; reason: string; message: string } | undefined {
  return world.backup(name).status?.conditions?.find((one) => one.type === type);
}
async function finishRun(name = 'shop'): Promise<string> {
  const { runId, jobName } = world.backup(name).status!.currentRun!;
  const time = world.clock.now().toISOString();
  const message = goodReport(runId, { snapshotTime: time, startTime: time, completionTime: time });
  world.server.jobs.finish({ namespace: 'shop', name: jobName }, { exitCode: 0, message });
  await world.settle();
  return runId;
}
function request(value: string): void {
  const patch = { metadata: { annotations: { 'pgcairn.dev/run-requested': value } } };
  world.server.patch(postgresBackupType, key, patch);
}
function setSpec(spec: object): void {
  world.server.patch(postgresBackupType, key, { spec });
}

describe('slots that pass without a run', () => {
  it('are counted after downtime, and only the latest still runs', async () => {
    world.seedRepository();
    world.seedBackup({ spec: { schedule: '0 * * * *' } });
    await world.settle();
    await world.clock.advance(72.5 * hour * 1000);
    await world.settle();
    expect(world.backup().status).toMatchObject({
      currentRun: { slotTime: '2026-11-23T02:00:00Z', stage: 'Running' },
      missedRuns: { count: 71, lastTime: '2026-11-23T01:00:00Z', reason: 'OperatorUnavailable' },
    });
    expect(world.events.filter(({ reason }) => reason === 'RunMissed')).toHaveLength(1);
    expect(world.jobs()).toHaveLength(1);
  });

  it('are all missed when even the latest is older than the starting deadline', async () => {
    world.seedRepository();
    world.seedBackup({ spec: { schedule: '0 * * * *', startingDeadlineSeconds: 600 } });
    await world.settle();
    await world.clock.advance(3.5 * hour * 1000);
    await world.settle();
    expect(world.backup().status).toMatchObject({
      missedRuns: { count: 3, lastTime: '2026-11-20T05:00:00Z' },
      nextRunTime: '2026-11-20T06:00:00Z',
    });
    expect(world.jobs()).toEqual([]);
  });

  it('are counted in bounded work, and the count says that it is a lower bound', async () => {
    world.seedRepository();
    world.seedBackup({ spec: { schedule: '* * * * *' } });
    await world.settle();
    await world.clock.advance(60 * 24 * hour * 1000);
    await world.settle();
    expect(world.backup().status?.missedRuns?.count).toBe(1000);
    const missed = world.events.find(({ reason }) => reason === 'RunMissed');
    expect(missed?.note).toContain('more than 1,000 runs');
  });

  it('are missed for the run before them while that still goes', async () => {
    world.seedRepository();
    world.seedBackup({ spec: { schedule: '*/5 * * * *' } });
    await world.wait(5 * 60);
    await world.wait(16 * 60);
    expect(world.jobs()).toHaveLength(1);
    expect(world.backup().status?.missedRuns).toEqual({
      count: 2,
      lastTime: '2026-11-20T02:15:00Z',
      reason: 'PreviousRunActive',
    });
    await finishRun();
    expect(world.backup().status?.currentRun).toMatchObject({ slotTime: '2026-11-20T02:20:00Z' });
    expect(world.backup().status?.missedRuns).toBeUndefined();
  });

  it.each([
    { name: 'is missing', seed: false, reason: 'RepositoryMissing' },
    { name: 'has not passed its probe', seed: true, reason: 'RepositoryNotReady' },
  ])(
    'wait while the repository $name, and are missed after the starting deadline',
    async ({ seed, reason }) => {
      if (seed) {
        world.seedRepository({
          spec: { suspend: true },
          status: {
            observedGeneration: 1,
            conditions: [
              {
                type: 'Ready',
                status: 'False',
                reason: 'BucketAbsent',
                message: 'no such bucket',
                lastTransitionTime: '2026-11-20T00:00:00Z',
                observedGeneration: 1,
              },
            ],
          },
        });
      }
      world.seedBackup();
      await world.wait(20 * 60);
      expect(condition('Ready')).toMatchObject({ status: 'False', reason });
      expect(kstatus(world.backup())).toBe('InProgress');
      expect(world.backup().status?.missedRuns).toBeUndefined();
      await world.wait(hour);
      expect(world.backup().status?.missedRuns).toMatchObject({ count: 1, reason });
      expect(world.jobs('backup')).toEqual([]);
    },
  );

  it('start as soon as the repository is ready, within the starting deadline', async () => {
    world.seedBackup();
    await world.wait(30 * 60);
    world.seedRepository();
    await world.settle();
    expect(world.backup().status?.currentRun).toMatchObject({ slotTime: '2026-11-20T02:17:00Z' });
    expect(world.backup().status?.missedRuns).toBeUndefined();
  });

  it('are not owed for the time of suspension', async () => {
    world.seedRepository();
    world.seedBackup({ spec: { suspend: true } });
    await world.wait(30 * 60);
    expect(condition('Ready')).toMatchObject({ status: 'True', reason: 'Suspended' });
    expect(kstatus(world.backup())).toBe('Current');
    expect(world.backup().status?.nextRunTime).toBeUndefined();
    setSpec({ suspend: false });
    await world.settle();
    expect(world.jobs()).toEqual([]);
    expect(world.backup().status).toMatchObject({ nextRunTime: '2026-11-21T02:17:00Z' });
    expect(world.backup().status?.missedRuns).toBeUndefined();
  });

  it('are not owed by a schedule that came later', async () => {
    world.seedRepository();
    world.seedBackup({ spec: { schedule: '0 0 * * 0' } });
    await world.wait(30 * 60);
    setSpec({ schedule: '* * * * *' });
    await world.settle();
    expect(world.backup().status?.missedRuns).toBeUndefined();
    expect(world.backup().status?.nextRunTime).toBe('2026-11-20T02:31:00Z');
  });
});

describe('suspension', () => {
  it('lets the run that goes come to its end', async () => {
    world.seedRepository();
    world.seedBackup();
    await world.wait(17 * 60);
    setSpec({ suspend: true });
    await world.settle();
    const runId = await finishRun();
    expect(world.backup().status?.runs).toMatchObject([{ runId, outcome: 'Succeeded' }]);
    expect(condition('Ready')).toMatchObject({ reason: 'Suspended' });
  });

  it('keeps a request until it is over, and says so', async () => {
    world.seedRepository();
    world.seedBackup({ spec: { suspend: true } });
    await world.settle();
    const message = 'no run is started while spec.suspend is true';
    expect(condition('Ready')).toMatchObject({ reason: 'Suspended', message });
    request('now');
    await world.wait(60);
    expect(world.jobs()).toEqual([]);
    expect(condition('Ready')?.message).toBe(
      `${message}; the one that is requested starts when it is false again`,
    );
    setSpec({ suspend: false });
    await world.settle();
    expect(world.backup().status?.currentRun).toMatchObject({ trigger: 'Request' });
  });
});

describe('a request', () => {
  it('gives one run per value, beside the schedule', async () => {
    world.seedRepository();
    world.seedBackup();
    await world.settle();
    request('one');
    await world.settle();
    await finishRun();
    await world.wait(60);
    expect(world.backup().status?.runs).toHaveLength(1);
    request('two');
    await world.settle();
    await finishRun();
    expect(world.backup().status?.runs?.map(({ trigger }) => trigger)).toEqual(['Request', 'Request']);
    await world.wait(17 * 60);
    expect(world.backup().status?.currentRun).toMatchObject({
      trigger: 'Schedule',
      slotTime: '2026-11-20T02:17:00Z',
    });
  });
});

describe('a backup without a schedule', () => {
  it('runs once, is in progress until then, and again on request', async () => {
    world.seedRepository();
    world.seedBackup({ spec: { schedule: undefined } });
    await world.settle();
    expect(world.backup().status?.currentRun).toMatchObject({ trigger: 'Once' });
    expect(condition('Reconciling')).toMatchObject({ reason: 'FirstRun' });
    expect(kstatus(world.backup())).toBe('InProgress');
    await finishRun();
    expect(condition('Ready')).toMatchObject({ status: 'True', reason: 'WaitingForRequest' });
    expect(kstatus(world.backup())).toBe('Current');
    await world.wait(2 * hour);
    expect(world.jobs('backup').length).toBeLessThanOrEqual(1);
    request('again');
    await world.settle();
    expect(world.backup().status?.currentRun).toMatchObject({ trigger: 'Request' });
  });

  it('waits for its repository as long as it takes', async () => {
    world.seedBackup({ spec: { schedule: undefined } });
    await world.wait(3 * hour);
    world.seedRepository();
    await world.settle();
    expect(world.backup().status?.currentRun).toMatchObject({ trigger: 'Once' });
  });
});

describe('one server', () => {
  const connection = { secretRef: { name: 'shop-db' }, host: 'db.example', port: 5432 };

  it('is worked at by one Job at a time, and the other begins when it is free', async () => {
    world.seedRepository();
    world.seedBackup({ spec: { connection } });
    world.seedBackup({ metadata: { name: 'other' }, spec: { connection } });
    await world.wait(17 * 60);
    const stages = (): (string | undefined)[] =>
      ['shop', 'other'].map((name) => world.backup(name).status?.currentRun?.stage);
    expect(stages()).toEqual(expect.arrayContaining(['Running', 'Waiting']));
    const first = stages()[0] === 'Running' ? 'shop' : 'other';
    const second = first === 'shop' ? 'other' : 'shop';
    expect(condition('Ready', second)?.message).toContain('waits for the server');
    expect(world.jobs().filter(({ spec }) => spec?.suspend === true)).toHaveLength(1);

    await finishRun(first);
    await world.wait(60);
    expect(world.backup(second).status?.currentRun?.stage).toBe('Running');
    await finishRun(second);
    expect(world.leases()).toEqual([]);
  });

  it('is given up for the slot after the starting deadline', async () => {
    world.seedRepository();
    world.seedBackup({ metadata: { name: 'a-first' }, spec: { connection } });
    world.seedBackup({ spec: { connection, startingDeadlineSeconds: 60 } });
    await world.wait(17 * 60);
    expect(world.backup('a-first').status?.currentRun?.stage).toBe('Running');
    expect(world.backup().status?.currentRun?.stage).toBe('Waiting');
    await world.wait(5 * 60);
    expect(world.backup().status?.currentRun).toBeUndefined();
    expect(world.backup().status?.missedRuns).toMatchObject({ count: 1, reason: 'ServerBusy' });
    expect(world.jobs()).toHaveLength(1);
    expect(world.backup('a-first').status?.currentRun?.stage).toBe('Running');
  });

  /** A Lease of the server, held for the Job shop/holder. */
  function seedHeldLease(holderUid: string): void {
    world.server.seed(leaseType, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name: serverLeaseName(serverKey(world.backup(), postgresBackupSpec({ connection }))),
        namespace: 'pgcairn-system',
        annotations: { 'pgcairn.dev/holder': 'shop/holder' },
      },
      spec: { holderIdentity: holderUid },
    });
  }
  function seedHolder(job: Partial<Job> = {}): string {
    const { metadata } = world.server.seed(jobType, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'holder', namespace: 'shop' },
      spec: { suspend: true },
      ...job,
    });
    return metadata.uid!;
  }

  it.each([
    { name: 'is gone', uid: () => 'a Job that is gone' },
    {
      name: 'is over',
      uid: () => seedHolder({ status: { conditions: [{ type: 'Complete', status: 'True' }] } }),
    },
    {
      name: 'went, though another has its name',
      uid: () => {
        seedHolder();
        return 'the one before';
      },
    },
  ])('is taken over from a Job that $name', async ({ uid }) => {
    world.seedRepository();
    world.seedBackup({ spec: { connection } });
    seedHeldLease(uid());
    await world.wait(17 * 60);
    expect(world.backup().status?.currentRun?.stage).toBe('Running');
    const own = world.jobs('backup')[0]!.metadata.uid;
    expect(world.leases().map(({ spec }) => spec?.holderIdentity)).toEqual([own]);
  });

  it('is left to a Job that is alive, until it goes', async () => {
    world.seedRepository();
    world.seedBackup({ spec: { connection } });
    seedHeldLease(seedHolder());
    await world.wait(20 * 60);
    expect(world.backup().status?.currentRun?.stage).toBe('Waiting');
    expect(condition('Ready')?.message).toContain('Job shop/holder works');
    world.server.remove(jobType, { namespace: 'shop', name: 'holder' });
    await world.settle();
    expect(world.backup().status?.currentRun?.stage).toBe('Running');
  });
});

describe('objectives', () => {
  it('flip at the moment when the promise is broken, and back with the next verified run', async () => {
    world.seedRepository();
    world.seedBackup({ spec: { objectives: { recoveryPointSeconds: 2 * hour } } });
    await world.wait(17 * 60);
    expect(condition('ObjectivesMet')).toMatchObject({ status: 'Unknown', reason: 'NoVerifiedBackup' });
    await finishRun();
    expect(condition('ObjectivesMet')).toMatchObject({ status: 'True', reason: 'WithinRecoveryPoint' });
    await world.wait(2 * hour);
    expect(condition('ObjectivesMet')).toMatchObject({ status: 'True' });
    await world.wait(60);
    expect(condition('ObjectivesMet')).toMatchObject({ status: 'False', reason: 'RecoveryPointMissed' });
    expect(world.backup().status?.objective).toBe('Missed');
    request('now');
    await world.settle();
    await finishRun();
    expect(condition('ObjectivesMet')).toMatchObject({ status: 'True' });
  });
});

describe('a spec that the schema refuses', () => {
  it('stalls the object, keeps what is known, and runs nothing', async () => {
    world.seedRepository();
    world.seedBackup();
    await world.wait(17 * 60);
    await finishRun();
    const before = world.backup().status!;
    setSpec({ schedule: 'every full moon' });
    await world.wait(26 * hour);
    expect(condition('Stalled')).toMatchObject({ status: 'True', reason: 'InvalidSpec' });
    expect(condition('Stalled')?.message).toContain('spec.schedule');
    expect(kstatus(world.backup())).toBe('Failed');
    expect(world.backup().status).toMatchObject({ runs: before.runs!, lastSuccess: before.lastSuccess! });
    expect(world.jobs('backup').length).toBeLessThanOrEqual(1);

    setSpec({ schedule: '17 2 * * *' });
    await world.settle();
    expect(condition('Stalled')).toBeUndefined();
  });

  it('of a repository stalls the repository, and the backup waits for it', async () => {
    world.seedRepository();
    world.seedBackup();
    await world.settle();
    world.server.patch(
      backupRepositoryType,
      { namespace: 'shop', name: 'offsite' },
      { spec: { s3: { bucket: 7 } } },
    );
    await world.wait(30 * 60);
    expect(world.repository().status?.conditions).toMatchObject([
      { type: 'Stalled', status: 'True', reason: 'InvalidSpec' },
      { type: 'Ready', status: 'False', reason: 'InvalidSpec' },
    ]);
    expect(condition('Ready')).toMatchObject({ status: 'False', reason: 'RepositoryNotReady' });
    expect(world.jobs('backup')).toEqual([]);
  });
});
