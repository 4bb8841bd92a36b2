import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backupRepositoryType } from '../../src/api/v1alpha1/backup-repository.ts';
import { postgresBackupType } from '../../src/api/v1alpha1/postgres-backup.ts';
import { jobType, networkPolicyType, podType } from '../../src/kube/types.ts';
import { kstatus } from '../builders/kstatus.ts';
import type { World } from './operator-world.ts';
import { failedReport, startWorld } from './operator-world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(async () => {
  await world.close();
});

const key = { namespace: 'shop', name: 'offsite' };
const report = JSON.stringify({
  version: 1,
  kind: 'probe',
  location: 's3://acme-backups/postgres',
  capabilities: { multipart: true, conditionalWrite: true, versioning: false, objectLock: false },
  latencyMilliseconds: { write: 200, read: 100, list: 60, delete: 52 },
  probedBytes: 8_388_608,
  signingKeyFingerprint: 'SHA256:abc',
  warnings: [],
});

function condition(type: string): { status: string; reason: string; message: string } | undefined {
  return world.repository().status?.conditions?.find((one) => one.type === type);
}
function probeJob(): { namespace: string; name: string } {
  return { namespace: 'shop', name: world.repository().status!.currentProbe!.jobName };
}
async function pass(): Promise<void> {
  world.server.jobs.finish(probeJob(), { exitCode: 0, message: report });
  await world.settle();
}
async function fail(reason: string, exitCode: number): Promise<void> {
  world.server.jobs.finish(probeJob(), { exitCode, message: failedReport(reason, 'so it is') });
  await world.settle();
}

describe('a new repository', () => {
  it('is probed at once, and ready when the probe passed', async () => {
    world.seedRepository({}, false);
    await world.settle();
    expect(condition('Ready')).toMatchObject({ status: 'Unknown', reason: 'Probing' });
    expect(kstatus(world.repository())).toBe('InProgress');
    expect(world.server.list(networkPolicyType)).toHaveLength(1);
    await pass();
    expect(condition('Ready')).toMatchObject({
      status: 'True',
      reason: 'ProbePassed',
      message: 'wrote, read, listed and deleted 8.0 MiB in 412 ms',
    });
    expect(kstatus(world.repository())).toBe('Current');
    expect(world.repository().status).toMatchObject({
      store: 'S3',
      location: 'acme-backups/postgres',
      lastProbeTime: '2026-11-20T02:00:00Z',
      nextProbeTime: '2026-11-21T02:00:00Z',
      signingKeyFingerprint: 'SHA256:abc',
    });
    expect(world.jobs().map(({ metadata }) => metadata.finalizers ?? [])).toEqual([[]]);
  });

  it('says what keeps its first probe from getting on, and no more of it once it does', async () => {
    world.seedRepository({ spec: { s3: undefined, volume: { claimName: 'backups' } } }, false);
    await world.settle();
    const { name } = world.server.jobs.podOf(probeJob())!.metadata;
    const absent = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/1 nodes are available: persistentvolumeclaim "backups" not found. not found',
    };
    const podKey = { namespace: 'shop', name };
    world.server.patch(podType, podKey, { status: { phase: 'Pending', conditions: [absent] } }, 'status');
    await world.settle();

    const told = { reason: 'VolumeUnavailable', message: expect.stringContaining('Claim backups') as string };
    expect(condition('Ready')).toMatchObject({ status: 'Unknown', ...told });
    expect(condition('Reconciling')).toMatchObject({ status: 'True', ...told });
    expect(kstatus(world.repository())).toBe('InProgress');

    const bound = { type: 'PodScheduled', status: 'True' };
    world.server.patch(podType, podKey, { status: { phase: 'Running', conditions: [bound] } }, 'status');
    await world.settle();
    expect(condition('Ready')).toMatchObject({ status: 'Unknown', reason: 'Probing' });
    await pass();
    expect(condition('Ready')).toMatchObject({ status: 'True' });
  });

  it('is stalled when somebody has to act, and says what to do', async () => {
    world.seedRepository({}, false);
    await world.settle();
    await fail('BucketAbsent', 64);
    expect(condition('Stalled')).toMatchObject({ status: 'True', reason: 'BucketAbsent' });
    // The worker's own words name the bucket and what to do: nothing is added to them.
    expect(condition('Ready')?.message).toBe('so it is');
    expect(kstatus(world.repository())).toBe('Failed');
    expect(world.events).toMatchObject([{ type: 'Warning', reason: 'ProbeFailed' }]);
  });

  it('stays stalled, and nothing else, while it is probed again', async () => {
    world.seedRepository({}, false);
    await world.settle();
    await fail('BucketAbsent', 64);
    await world.wait(30);
    expect(world.repository().status?.currentProbe).toBeDefined();
    expect(condition('Stalled')).toMatchObject({ status: 'True', reason: 'BucketAbsent' });
    expect(condition('Reconciling')).toBeUndefined();
  });

  it('is still in progress when the failure may pass', async () => {
    world.seedRepository({}, false);
    await world.settle();
    await fail('StoreUnreachable', 1);
    expect(condition('Reconciling')).toMatchObject({
      status: 'True',
      reason: 'Retrying',
      message: 'the last probe failed; the next is due at 2026-11-20T02:00:30Z',
    });
    expect(kstatus(world.repository())).toBe('InProgress');
  });
});

describe('the next probe', () => {
  it('comes after 30 s, then ever later, 10 minutes at most, and at the interval when all is well', async () => {
    world.seedRepository({}, false);
    await world.settle();
    const pauses: number[] = [];
    for (let probe = 0; probe < 7; probe += 1) {
      await fail('StoreUnreachable', 1);
      const { lastProbeTime, nextProbeTime } = world.repository().status!;
      pauses.push((Date.parse(nextProbeTime!) - Date.parse(lastProbeTime!)) / 1000);
      await world.wait(600);
    }
    expect(pauses).toEqual([30, 60, 120, 240, 480, 600, 600]);
    expect(world.events.filter(({ reason }) => reason === 'ProbeFailed')).toHaveLength(1);
    await pass();
    expect(world.repository().status?.failedProbes).toBeUndefined();
    expect(condition('Reconciling')).toBeUndefined();
    await world.wait(86_400 - 60);
    expect(world.repository().status?.currentProbe).toBeUndefined();
    await world.wait(60);
    expect(world.repository().status?.currentProbe).toBeDefined();
    expect(condition('Ready')).toMatchObject({ status: 'True', reason: 'ProbePassed' });
  });

  it('comes on request, once for each value', async () => {
    world.seedRepository({}, false);
    await world.settle();
    await pass();
    const annotations = { 'pgcairn.dev/probe-requested': 'one' };
    world.server.patch(backupRepositoryType, key, { metadata: { annotations } });
    await world.settle();
    await pass();
    await world.wait(60);
    expect(world.repository().status?.currentProbe).toBeUndefined();
    expect(world.jobs()).toHaveLength(2);
  });

  it('comes when the spec changes, and until then backups wait', async () => {
    world.seedRepository({}, false);
    await world.settle();
    await pass();
    world.server.jobs.autoStart = false;
    world.server.patch(backupRepositoryType, key, { spec: { s3: { bucket: 'elsewhere' } } });
    // The backup's pass may come before the repository's.
    const backup = world.seedBackup({ spec: { schedule: undefined } });
    await world.operator().pass({ namespace: 'shop', name: backup.metadata.name }, postgresBackupType);
    expect(world.jobs('backup')).toEqual([]);
    await world.settle();
    expect(world.repository().status?.currentProbe).toBeDefined();
    expect(world.jobs('backup')).toEqual([]);
    world.server.jobs.start(probeJob());
    await pass();
    await world.settle();
    expect(world.jobs('backup')).toHaveLength(1);
  });

  it('comes when the spec changes, also amid a probe of the old one, whose result does not count', async () => {
    world.seedRepository({}, false);
    await world.settle();
    world.server.patch(backupRepositoryType, key, { spec: { s3: { bucket: 'elsewhere' } } });
    await world.settle();
    const old = probeJob();
    await pass();
    expect(condition('Ready')).toMatchObject({ status: 'Unknown', reason: 'Probing' });
    expect(probeJob()).not.toEqual(old);
    await pass();
    expect(condition('Ready')).toMatchObject({ status: 'True' });
    expect(world.repository().status?.location).toBe('elsewhere/postgres');
  });

  it('does not come while the repository is suspended, and Ready keeps what was found', async () => {
    world.seedRepository({}, false);
    await world.settle();
    await pass();
    world.server.patch(backupRepositoryType, key, { spec: { suspend: true } });
    await world.wait(2 * 86_400);
    expect(world.jobs()).toHaveLength(1);
    expect(condition('Ready')).toMatchObject({ status: 'True', reason: 'ProbePassed' });
    world.server.patch(backupRepositoryType, key, { spec: { suspend: false } });
    await world.settle();
    expect(world.repository().status?.currentProbe).toBeDefined();
  });
});

describe('a probe that leaves no report', () => {
  it.each([
    {
      name: 'killed for lack of memory',
      end: () => world.server.jobs.outOfMemory(probeJob()),
      reason: 'OutOfMemory',
    },
    {
      name: 'silent',
      end: () => world.server.jobs.finish(probeJob(), { exitCode: 0, message: 'hello' }),
      reason: 'Internal',
    },
  ])('$name has failed', async ({ end, reason }) => {
    world.seedRepository({}, false);
    await world.settle();
    end();
    await world.settle();
    expect(condition('Ready')).toMatchObject({ status: 'False', reason });
  });

  it('because it never ended may have met a store that does not answer', async () => {
    world.seedRepository({}, false);
    await world.wait(660);
    expect(condition('Ready')).toMatchObject({ status: 'False', reason: 'StoreUnreachable' });
  });

  it('because its Job was removed is made again', async () => {
    world.seedRepository({}, false);
    await world.settle();
    world.server.remove(jobType, probeJob());
    await world.settle();
    await pass();
    expect(condition('Ready')).toMatchObject({ status: 'True' });
  });
});

describe('a repository that is deleted', () => {
  it('goes with its probe', async () => {
    world.seedRepository({}, false);
    await world.settle();
    world.server.remove(backupRepositoryType, key);
    await world.settle();
    expect(world.jobs()).toEqual([]);
  });
});

describe('a Job of somebody else under the name of the probe', () => {
  it('stalls the repository until it goes', async () => {
    world.seedRepository({}, false);
    await world.settle();
    const taken = probeJob();
    world.server.patch(jobType, taken, { metadata: { finalizers: [], ownerReferences: [] } });
    await world.settle();
    expect(condition('Stalled')).toMatchObject({ reason: 'NameCollision' });
    world.server.remove(jobType, taken);
    await world.settle();
    await pass();
    expect(condition('Stalled')).toBeUndefined();
    expect(condition('Ready')).toMatchObject({ status: 'True' });
  });
});
