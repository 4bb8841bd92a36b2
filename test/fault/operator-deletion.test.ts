import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backupRepositoryType } from '../../src/api/v1alpha1/backup-repository.ts';
import { postgresBackupType } from '../../src/api/v1alpha1/postgres-backup.ts';
import { jobType, namespaceType } from '../../src/kube/types.ts';
import type { World } from './operator-world.ts';
import { failedReport, goodReport, startWorld } from './operator-world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(async () => {
  await world.close();
});

const key = { namespace: 'shop', name: 'shop' };
const pruned = JSON.stringify({ version: 1, kind: 'prune', removedRuns: 3, removedBytes: 3000 });

/** Brings a backup to a stage of its life. */
const stages: Readonly<Record<string, () => Promise<void>>> = {
  'before its first run': async () => {
    await world.settle();
  },
  'while its Job waits for the server': async () => {
    world.seedBackup({ metadata: { name: 'a-first' } });
    await world.wait(17 * 60);
    expect(world.backup().status?.currentRun?.stage).toBe('Waiting');
  },
  'while it runs': async () => {
    await world.wait(17 * 60);
    expect(world.backup().status?.currentRun?.stage).toBe('Running');
  },
  'while the store is asked': async () => {
    await world.wait(17 * 60);
    world.server.jobs.finish(world.runJob(), { exitCode: 0 });
    await world.settle();
    expect(world.backup().status?.currentRun?.stage).toBe('Inspecting');
  },
  'after a run': async () => {
    await world.wait(17 * 60);
    const { runId } = world.backup().status!.currentRun!;
    world.server.jobs.finish(world.runJob(), { exitCode: 0, message: goodReport(runId) });
    await world.settle();
  },
};

function jobsOf(uid: string): readonly string[] {
  return world
    .jobs()
    .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid))
    .map(({ metadata }) => metadata.name);
}
function pruneJob(): { namespace: string; name: string } {
  const open = world
    .jobs('prune')
    .find(({ status }) => !status?.conditions?.some(({ type }) => type === 'Failed' || type === 'Complete'));
  return { namespace: 'shop', name: open!.metadata.name };
}
function exists(): boolean {
  return world.server.read(postgresBackupType, key) !== undefined;
}
function waitsFor(): string | undefined {
  return world.backup().status?.conditions?.find(({ type }) => type === 'Reconciling')?.message;
}

describe('a backup that is deleted', () => {
  it.each(Object.entries(stages))(
    '%s goes with its Jobs, and gives back the server',
    async (_name, reach) => {
      world.seedRepository();
      const { metadata } = world.seedBackup();
      await reach();
      const own = new Set(world.jobs().map((job) => job.metadata.uid));
      world.server.remove(postgresBackupType, key);
      await world.settle();
      expect(exists()).toBe(false);
      expect(jobsOf(metadata.uid!)).toEqual([]);
      const alive = new Set(world.jobs().map((job) => job.metadata.uid));
      const dead = [...own].filter((uid) => !alive.has(uid));
      const holders = world.leases().map(({ spec }) => spec?.holderIdentity);
      expect(holders.filter((holder) => holder && dead.includes(holder))).toEqual([]);
    },
  );

  it('and made again under its name starts anew, and its old Job is let go', async () => {
    world.seedRepository();
    const { metadata } = world.seedBackup();
    await world.wait(17 * 60);
    world.server.remove(postgresBackupType, key);
    world.seedBackup();
    await world.settle();
    expect(jobsOf(metadata.uid!)).toEqual([]);
    expect(world.backup().status?.currentRun).toBeUndefined();
    expect(world.backup().status?.nextRunTime).toBe('2026-11-21T02:17:00Z');
  });
});

describe('a backup with deletionPolicy Delete', () => {
  const spec = { deletionPolicy: 'Delete' } as const;

  it('carries its finalizer before its first Job is made', async () => {
    world.seedRepository();
    world.seedBackup({ spec: { ...spec, schedule: undefined } });
    await world.settle();
    expect(world.backup().metadata.finalizers).toEqual(['pgcairn.dev/runs']);
    const writes = world.server.log.writes().map(({ verb, resource }) => `${verb} ${resource}`);
    expect(writes.indexOf('patch pgcairn.dev/postgresbackups')).toBe(0);
    expect(writes.indexOf('create batch/jobs')).toBeGreaterThan(0);
  });

  it('loses it when the policy becomes Retain', async () => {
    world.seedRepository();
    world.seedBackup({ spec });
    await world.settle();
    world.server.patch(postgresBackupType, key, { spec: { deletionPolicy: 'Retain' } });
    await world.settle();
    expect(world.backup().metadata.finalizers ?? []).toEqual([]);
  });

  it.each(Object.entries(stages))(
    'deleted %s goes after its runs are removed from the store',
    async (_name, reach) => {
      world.seedRepository();
      const { metadata } = world.seedBackup({ spec });
      await reach();
      world.server.remove(postgresBackupType, key);
      await world.settle();
      expect(exists()).toBe(true);
      expect(
        world
          .jobs('backup')
          .filter(
            (job) => jobsOf(metadata.uid!).includes(job.metadata.name) && job.metadata.finalizers?.length,
          ),
      ).toEqual([]);
      expect(world.backup().status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
        status: 'False',
        reason: 'Deleting',
      });
      world.server.jobs.finish(pruneJob(), { exitCode: 0, message: pruned });
      await world.settle();
      expect(exists()).toBe(false);
      expect(jobsOf(metadata.uid!)).toEqual([]);
      expect(world.events.at(-1)).toMatchObject({ reason: 'RunsRemoved' });
    },
  );

  it('tries the removal again, and gives up after five tries that failed, saying so', async () => {
    world.seedRepository();
    world.seedBackup({ spec });
    await world.settle();
    world.server.remove(postgresBackupType, key);
    const said: string[] = [];
    for (let tries = 1; tries <= 5; tries += 1) {
      await world.wait(600);
      expect(world.jobs('prune')).toHaveLength(tries);
      const message = failedReport('StoreAccessDenied', 'no permission to delete');
      world.server.jobs.finish(pruneJob(), { exitCode: 64, message });
      await world.settle();
      said.push(exists() ? (waitsFor() ?? '') : 'gone');
    }
    const words = expect.stringContaining('no permission to delete') as string;
    expect(said).toEqual([words, words, words, words, 'gone']);
    expect(exists()).toBe(false);
    expect(world.events.at(-1)).toMatchObject({ type: 'Warning', reason: 'RunsAbandoned' });
    expect(world.jobs()).toEqual([]);
  });

  it('goes at once when its runs are to be abandoned', async () => {
    world.seedRepository();
    world.seedBackup({ spec });
    await world.settle();
    world.server.remove(postgresBackupType, key);
    await world.settle();
    world.server.patch(postgresBackupType, key, {
      metadata: { annotations: { 'pgcairn.dev/abandon-runs': 'true' } },
    });
    await world.settle();
    expect(exists()).toBe(false);
    expect(world.jobs()).toEqual([]);
    expect(world.events.at(-1)).toMatchObject({ reason: 'RunsAbandoned' });
  });

  it('keeps its runs while retention.hold is true, and removes them once it is lifted', async () => {
    world.seedRepository();
    world.seedBackup({ spec: { ...spec, retention: { hold: true } } });
    await world.settle();
    world.server.remove(postgresBackupType, key);
    await world.wait(2000);
    const stalled = world.backup().status?.conditions?.find(({ type }) => type === 'Stalled');
    expect(stalled).toMatchObject({ status: 'True', reason: 'RetentionHeld' });
    expect(world.jobs('prune')).toEqual([]);
    world.server.patch(postgresBackupType, key, { spec: { retention: { hold: false } } });
    await world.settle();
    world.server.jobs.finish(pruneJob(), { exitCode: 0, message: pruned });
    await world.settle();
    expect(exists()).toBe(false);
    expect(world.events.at(-1)).toMatchObject({ reason: 'RunsRemoved' });
  });

  it('says that its repository is gone, waits a while for it, and then goes', async () => {
    world.seedRepository();
    world.seedBackup({ spec });
    await world.settle();
    world.server.remove(backupRepositoryType, { namespace: 'shop', name: 'offsite' });
    world.server.remove(postgresBackupType, key);
    await world.wait(600);
    expect(waitsFor()).toMatch(
      /repository offsite, which is missing: create it, or set annotation \S+abandon-runs/,
    );
    await world.wait(600);
    expect(exists()).toBe(false);
    expect(world.events.at(-1)).toMatchObject({ reason: 'RunsAbandoned' });
  });

  it('goes at once with its namespace, which takes no new Jobs', async () => {
    world.seedRepository();
    world.seedBackup({ spec });
    const metadata = { name: 'shop', finalizers: ['kubernetes'] };
    world.server.seed(namespaceType, { apiVersion: 'v1', kind: 'Namespace', metadata });
    await world.settle();
    world.server.remove(namespaceType, { namespace: '', name: 'shop' });
    world.server.remove(postgresBackupType, key);
    await world.settle();
    expect(exists()).toBe(false);
    expect(world.events.at(-1)).toMatchObject({ type: 'Warning', reason: 'RunsAbandoned' });
    expect(world.jobs()).toEqual([]);
  });

  it('is not held for ever by a namespace that takes no new Jobs', async () => {
    world.seedRepository();
    world.seedBackup({ spec });
    await world.settle();
    world.server.faults.add(
      { method: 'POST', path: /jobs/, times: Number.POSITIVE_INFINITY },
      { do: 'status', code: 403, reason: 'Forbidden', message: 'the namespace is being terminated' },
    );
    world.server.remove(postgresBackupType, key);
    await world.wait(1200);
    expect(exists()).toBe(false);
  });
});

describe('a Job that somebody removes while it runs', () => {
  it('is let go, its pods end, and then the store is asked', async () => {
    world.seedRepository();
    world.seedBackup();
    await world.wait(17 * 60);
    world.server.remove(jobType, world.runJob());
    await world.wait(60);
    expect(world.jobs('backup')).toEqual([]);
    expect(world.jobs('inspect')).toHaveLength(1);
    expect(world.leases().filter(({ spec }) => spec?.holderIdentity)).toEqual([]);
  });
});
