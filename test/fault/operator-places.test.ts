import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backupRepositoryType } from '../../src/api/v1alpha1/backup-repository.ts';
import { postgresBackupType } from '../../src/api/v1alpha1/postgres-backup.ts';
import { jobType } from '../../src/kube/types.ts';
import type { World } from './operator-world.ts';
import { goodReport, runFacts, startWorld } from './operator-world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(async () => {
  await world.close();
});

const former = 's3://acme-backups/postgres at AWS';
const present = 's3://elsewhere/postgres at AWS';

async function startRun(): Promise<string> {
  world.seedRepository();
  world.seedBackup();
  await world.wait(17 * 60);
  expect(world.backup().status?.currentRun).toMatchObject({ stage: 'Running', location: former });
  return world.backup().status!.currentRun!.runId;
}
async function change(s3: object): Promise<void> {
  world.server.patch(backupRepositoryType, { namespace: 'shop', name: 'offsite' }, { spec: { s3 } });
  await world.settle();
}
function answer(runId: string): void {
  const message = JSON.stringify({ version: 1, kind: 'inspect', run: runFacts(runId) });
  const key = { namespace: 'shop', name: `${world.runJob().name}-i` };
  world.server.jobs.finish(key, { exitCode: 0, message });
}

describe('a repository that is moved while a run is under way', () => {
  it.each([
    { name: 'left no report', end: () => world.server.jobs.finish(world.runJob(), { exitCode: 0 }) },
    { name: 'is gone', end: () => world.server.remove(jobType, world.runJob()) },
  ])('is not asked about a run whose Job $name: that may lie at the former place', async ({ end }) => {
    await startRun();
    await change({ bucket: 'elsewhere' });
    end();
    await world.wait(60);
    expect(world.jobs('inspect')).toEqual([]);
    const [record] = world.backup().status!.runs!;
    expect(record).toMatchObject({ outcome: 'Failed', reason: 'ReportMissing' });
    expect(record!.message).toContain('the worker ended without a report');
    expect(record!.message).toContain(`the repository was moved from ${former} to ${present}`);
  });

  it('was asked before: the answer counts, for it came from the former place', async () => {
    const runId = await startRun();
    world.server.jobs.finish(world.runJob(), { exitCode: 0 });
    await world.settle();
    await change({ bucket: 'elsewhere' });
    answer(runId);
    await world.settle();
    expect(world.backup().status?.runs).toMatchObject([{ runId, outcome: 'Succeeded' }]);
    expect(world.events.find(({ reason }) => reason === 'RunSucceeded')?.note).toContain(
      'the worker ended without a report: its pod left no report; its manifest was read from the store',
    );
  });

  it('was asked, by an inspection that went to the new place: its answer does not count', async () => {
    const runId = await startRun();
    world.server.jobs.finish(world.runJob(), { exitCode: 0 });
    await world.settle();
    const inspect = { namespace: 'shop', name: `${world.runJob().name}-i` };
    world.server.patch(jobType, inspect, { metadata: { annotations: { 'pgcairn.dev/location': present } } });
    answer(runId);
    await world.settle();
    expect(world.backup().status?.runs).toMatchObject([
      { runId, outcome: 'Failed', reason: 'ReportMissing' },
    ]);
  });

  it('does not spoil a run that tells its end itself, which says where it lies', async () => {
    const runId = await startRun();
    await change({ bucket: 'elsewhere' });
    world.server.jobs.finish(world.runJob(), { exitCode: 0, message: goodReport(runId) });
    await world.settle();
    expect(world.backup().status?.runs).toMatchObject([{ runId, outcome: 'Succeeded' }]);
    expect(world.events.find(({ reason }) => reason === 'RunSucceeded')?.note).toContain(`from ${former}`);
  });

  it('is asked when only the way to it has changed', async () => {
    const runId = await startRun();
    await change({ credentialsSecretRef: { name: 'new-key' }, region: 'eu-west-1' });
    world.server.jobs.finish(world.runJob(), { exitCode: 0 });
    await world.settle();
    answer(runId);
    await world.settle();
    expect(world.backup().status?.runs).toMatchObject([{ runId, outcome: 'Succeeded' }]);
  });

  it('loses the runs of the place where it was when they were removed, and that place is named', async () => {
    world.seedRepository();
    world.seedBackup({ spec: { deletionPolicy: 'Delete' } });
    await world.settle();
    world.server.remove(postgresBackupType, { namespace: 'shop', name: 'shop' });
    await world.settle();
    const [prune] = world.jobs('prune');
    await change({ bucket: 'elsewhere' });
    const message = JSON.stringify({ version: 1, kind: 'prune', removedRuns: 3, removedBytes: 3000 });
    world.server.jobs.finish({ namespace: 'shop', name: prune!.metadata.name }, { exitCode: 0, message });
    await world.settle();
    const removed = world.events.find(({ reason }) => reason === 'RunsRemoved');
    expect(removed?.note).toBe(`every run was removed from ${former}`);
  });
});
