import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Condition } from '../../src/api/v1alpha1/condition.ts';
import { postgresBackupType } from '../../src/api/v1alpha1/postgres-backup.ts';
import type { InstalledFault } from './fake-api-server/faults.ts';
import type { World } from './operator-world.ts';
import { goodReport, runFacts, startWorld } from './operator-world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(async () => {
  await world.close();
});

const quota = 'exceeded quota: jobs, requested: count/jobs.batch=1, used: 4, limited: 4';
const policy = 'admission webhook "policy.example.test" denied the request: no label team';

/** From now on no Job is taken. */
function refuseJobs(message: string, code = 403): InstalledFault {
  const reason = code === 403 ? 'Forbidden' : 'Invalid';
  return world.server.faults.add(
    { method: 'POST', path: /\/jobs/, times: Number.POSITIVE_INFINITY },
    { do: 'status', code, reason, message },
  );
}
function reconciling(object: { status?: { conditions?: readonly Condition[] } }): Condition | undefined {
  return object.status?.conditions?.find(({ type }) => type === 'Reconciling');
}
/** Passes go on being refused, and each leaves status as it is. */
async function expectRest(): Promise<void> {
  const before = world.server.log.writes().length;
  await world.wait(120);
  expect(world.server.log.writes().length).toBe(before);
}
const refused = (words: string) => ({
  status: 'True',
  reason: 'JobRefused',
  message: expect.stringMatching(new RegExp(`^Job \\S+ was refused by the API server: .*${words}`)) as string,
});

describe('the words with which the API server refuses a Job are in the conditions', () => {
  it('of a run, until it is taken', async () => {
    world.seedRepository();
    const { metadata } = world.seedBackup({ spec: { schedule: undefined } });
    const fault = refuseJobs(quota);
    await world.settle();
    // The pass that marked the object leaves the words to the next.
    await world.settle();
    expect(reconciling(world.backup())).toMatchObject(refused(quota));
    await expectRest();
    fault.remove();
    refuseJobs(policy, 422);
    await world.settle();
    expect(reconciling(world.backup())).toMatchObject(refused(policy));
    world.server.faults.clear();
    await world.settle();
    expect(reconciling(world.backup())).toMatchObject({ reason: 'FirstRun' });
    const { runId } = world.backup().status!.currentRun!;
    world.server.jobs.finish(world.runJob(), { exitCode: 0, message: goodReport(runId) });
    await world.settle();
    expect(reconciling(world.backup())).toBeUndefined();
    expect(metadata.uid).toBe(world.backup().metadata.uid);
  });

  it('and in the record of a run on request that never came to start', async () => {
    world.seedRepository();
    world.seedBackup({ spec: { schedule: undefined, startingDeadlineSeconds: 600 } });
    refuseJobs(quota);
    await world.wait(900);
    expect(world.backup().status?.runs).toMatchObject([{ outcome: 'Failed', reason: 'JobRefused' }]);
    expect(world.backup().status?.runs?.[0]?.message).toContain(quota);
  });

  it('of a run that the store has to tell about', async () => {
    world.seedRepository();
    world.seedBackup();
    await world.wait(17 * 60);
    const { runId, jobName } = world.backup().status!.currentRun!;
    const fault = refuseJobs(policy, 422);
    world.server.jobs.finish(world.runJob(), { exitCode: 0 });
    await world.settle();
    expect(reconciling(world.backup())).toMatchObject(refused(policy));
    await expectRest();
    fault.remove();
    await world.settle();
    expect(reconciling(world.backup())).toBeUndefined();
    const message = JSON.stringify({ version: 1, kind: 'inspect', run: runFacts(runId) });
    world.server.jobs.finish({ namespace: 'shop', name: `${jobName}-i` }, { exitCode: 0, message });
    await world.settle();
    expect(world.backup().status?.runs).toMatchObject([{ runId, outcome: 'Succeeded' }]);
  });

  it('of a removal, and in the Event that it is given up', async () => {
    world.seedRepository();
    world.seedBackup({ spec: { deletionPolicy: 'Delete' } });
    await world.settle();
    refuseJobs(quota);
    world.server.remove(postgresBackupType, { namespace: 'shop', name: 'shop' });
    await world.settle();
    expect(reconciling(world.backup())).toMatchObject(refused(quota));
    await expectRest();
    await world.wait(900);
    expect(world.server.list(postgresBackupType)).toEqual([]);
    expect(world.events.at(-1)).toMatchObject({ reason: 'RunsAbandoned' });
    expect(world.events.at(-1)?.note).toContain(quota);
  });

  it('of a first probe', async () => {
    world.seedRepository({}, false);
    const fault = refuseJobs(quota);
    await world.settle();
    expect(reconciling(world.repository())).toMatchObject(refused(quota));
    await expectRest();
    fault.remove();
    await world.settle();
    expect(reconciling(world.repository())).toMatchObject({ reason: 'Probing' });
  });

  it('of a later probe, which leaves the repository ready', async () => {
    const ready = (): Condition | undefined =>
      world.repository().status?.conditions?.find(({ type }) => type === 'Ready');
    world.seedRepository({ status: { nextProbeTime: '2026-11-20T02:10:00Z' } });
    const fault = refuseJobs(policy, 422);
    await world.wait(600);
    expect(reconciling(world.repository())).toMatchObject(refused(policy));
    expect(ready()).toMatchObject({ status: 'True', reason: 'ProbePassed' });
    await expectRest();
    fault.remove();
    await world.settle();
    expect(reconciling(world.repository())).toBeUndefined();
  });
});
