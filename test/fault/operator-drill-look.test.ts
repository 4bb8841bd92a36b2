import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backupDrillType } from '../../src/api/v1alpha1/backup-drill.ts';
import { jobType } from '../../src/kube/types.ts';
import { drillAnswer, drillFacts, drillReport } from '../builders/drill-facts.ts';
import {
  askJob,
  beforeSlot,
  conditionOf,
  drillJob,
  drillKey,
  leftovers,
  startDrill,
} from './operator-drill-rig.ts';
import type { World } from './operator-world.ts';
import { failedReport, startWorld } from './operator-world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld(beforeSlot);
});
afterEach(async () => {
  await world.close();
});

const failed = { verdict: 'Failed', reason: 'Rows', message: 'a row is missing' } as const;

/** A drill that has ended, and whose server stays for a look. */
async function kept(): Promise<string> {
  const runId = await startDrill(world, { spec: { keepFailedSeconds: 3600 } });
  world.progress = { runId, step: 'checking', bytes: 0, objects: 0, ended: true };
  await world.wait(60);
  expect(world.drill().status?.currentRun?.stage).toBe('Inspecting');
  return runId;
}

describe('a drill whose server stays for a look', () => {
  it('has its verdict in status while its pod stays, as the store tells it', async () => {
    const runId = await kept();
    const job = drillJob(world);
    expect(world.drill().status?.verdict).toBeUndefined();
    world.server.jobs.finish(askJob(world), {
      exitCode: 0,
      message: drillAnswer(drillFacts(runId, failed)),
    });
    await world.settle();

    expect(world.drill().status).toMatchObject({ verdict: 'Failed', lastRun: { runId, reason: 'Rows' } });
    expect(world.drill().status?.currentRun).toBeUndefined();
    expect(conditionOf(world, 'LastRunSucceeded')?.message).toMatch(
      /a row is missing; pod \S+ stays for a look; its evidence was read from the store$/,
    );
    const told = world.events.filter(({ reason }) => reason === 'DrillFailed');
    expect(told).toHaveLength(1);
    const found = world.jobs('drill').find(({ metadata }) => metadata.name === job.name);
    expect(found?.metadata).toMatchObject({ finalizers: [] });
    expect(found?.metadata.deletionTimestamp).toBeUndefined();

    world.progress = undefined;
    const before = world.drill().status;
    world.server.jobs.finish(job, { exitCode: 0, message: drillReport(runId, failed) });
    await world.wait(300);
    expect(world.drill().status).toEqual(before);
    expect(world.events.filter(({ reason }) => reason === 'DrillFailed')).toEqual(told);
    expect(leftovers(world)).toEqual([]);
  });

  it('does not keep the next drill from its pod', async () => {
    const runId = await kept();
    world.server.jobs.finish(askJob(world), {
      exitCode: 0,
      message: drillAnswer(drillFacts(runId, failed)),
    });
    await world.settle();
    const annotations = { 'pgcairn.dev/run-requested': 'again' };
    world.server.patch(backupDrillType, drillKey, { metadata: { annotations } });
    await world.settle();
    expect(world.drill().status?.currentRun).toMatchObject({ trigger: 'Request', stage: 'Running' });
    expect(world.jobs('drill')).toHaveLength(2);
  });

  it.each([
    ['cannot be asked', { exitCode: 64, message: failedReport('StoreCredentialsRefused', 'no such key') }],
    [
      'holds no evidence, for something else in the pod said that it had ended',
      { exitCode: 0, message: drillAnswer() },
    ],
  ])('is waited for when the store %s', async (_, answer) => {
    const runId = await kept();
    world.server.jobs.finish(askJob(world), answer);
    await world.wait(600);
    expect(world.drill().status).toMatchObject({ currentRun: { runId, stage: 'Inspecting' } });
    expect(world.drill().status?.verdict).toBeUndefined();

    world.server.jobs.finish(drillJob(world), { exitCode: 0, message: drillReport(runId, failed) });
    await world.settle();
    expect(world.drill().status).toMatchObject({ verdict: 'Failed', lastRun: { runId, reason: 'Rows' } });
    expect(leftovers(world)).toEqual([]);
  });

  it('is not waited for when the store holds evidence that was changed', async () => {
    await kept();
    const message = failedReport('EvidenceInvalid', 'the evidence does not hold: its digest is another');
    world.server.jobs.finish(askJob(world), { exitCode: 64, message });
    await world.settle();
    expect(world.drill().status).toMatchObject({
      verdict: 'Inconclusive',
      lastRun: {
        reason: 'EvidenceInvalid',
        message: expect.stringMatching(/^pod \S+ stays for a look; the evidence does not hold/),
      },
    });
  });

  it('is inconclusive when the store told nothing and its Job is removed', async () => {
    await kept();
    world.server.jobs.finish(askJob(world), { exitCode: 0, message: drillAnswer() });
    await world.settle();
    world.server.remove(jobType, drillJob(world));
    await world.wait(120);
    expect(world.drill().status).toMatchObject({ verdict: 'Inconclusive' });
    expect(world.drill().status?.currentRun).toBeUndefined();
  });
});
