import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drillTask, evidenceOn, factsOf, localServer, makeDrillPod } from './drill-harness.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';
import type { Keys, WorkerPod } from './worker-harness.ts';
import { backupTask, makeKeys, repositoryOn, runOf } from './worker-harness.ts';

const major = '17';
const interesting = fileURLToPath(new URL('../../demo/data/interesting.sql', import.meta.url));

let server: PostgresServer;
let pod: WorkerPod;
let keys: Keys;
beforeAll(async () => {
  [server, keys] = await Promise.all([startServer(major), makeKeys()]);
  await server.createDatabase('shop');
  await server.run(interesting, 'shop');
  pod = await makeDrillPod({ server, keys });
});
afterAll(async () => {
  await Promise.all([pod?.remove(), server?.stop()]);
});

test('a good run passes, and its evidence says how', async () => {
  const repository = repositoryOn(undefined, keys);
  const run = runOf(await pod.run(backupTask(repository, { databases: { all: true } })));

  const ending = await pod.run(drillTask(repository), { localServer: await localServer(major) });

  const facts = factsOf(ending);
  const evidence = await evidenceOn(pod, facts);
  const bad = evidence.checks.filter(({ outcome }) => outcome === 'Failed' || outcome === 'Undecided');
  expect(bad).toEqual([]);
  expect(facts).toMatchObject({ verdict: 'Passed', backupRunId: run.runId });
  expect(evidence.controls.map(({ damage, outcome }) => [damage, outcome])).toEqual([
    ['FlippedBit', 'Caught'],
    ['MissingRow', 'Caught'],
  ]);
  const item = evidence.tables.find(({ name }) => name === 'order_item');
  expect(item).toMatchObject({ database: 'shop', schema: 'shop', expectedRows: 2000, restoredRows: 2000 });
  expect(evidence.backup).toMatchObject({ runId: run.runId, databases: ['postgres', 'shop'], signed: true });
});

test('its time goes into phases, one after the other, and the recovery time ends with the checks', async () => {
  const ending = await pod.run(drillTask(repositoryOn(undefined, keys)), {
    localServer: await localServer(major),
  });
  const { phases, measured } = await evidenceOn(pod, factsOf(ending));

  const loads = ['Load', 'Index', 'Analyse'];
  expect(phases.map(({ name }) => name)).toEqual([
    'Fetch',
    'Decrypt',
    ...loads,
    ...loads,
    'Check',
    'Control',
  ]);
  for (const [at, phase] of phases.entries()) {
    const before = phases[at - 1];
    expect(phase.startSeconds).toBeGreaterThanOrEqual(
      (before?.startSeconds ?? 0) + (before?.seconds ?? 0) - 0.002,
    );
  }
  const [first, last] = [phases[0]!, phases.at(-2)!];
  // Ends between the last check and the control, and begins before the first byte is asked for.
  const checked = last.startSeconds + last.seconds - first.startSeconds;
  expect(measured.recoveryTimeSeconds).toBeGreaterThanOrEqual(checked - 0.002);
  expect(measured.recoveryTimeSeconds).toBeLessThanOrEqual(phases.at(-1)!.startSeconds + 0.002);
  expect(measured.recoveryPointSeconds).toBeGreaterThan(0);
  expect(measured.restoredBytes).toBeGreaterThan(10_000_000);
});
