import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drillTask, evidenceOn, factsOf, giveIdentity, localServer } from './drill-harness.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';
import type { Keys, WorkerPod } from './worker-harness.ts';
import { backupTask, makeKeys, makePod, repositoryOn, runOf } from './worker-harness.ts';

const major = '17';
const interesting = fileURLToPath(new URL('../../demo/data/interesting.sql', import.meta.url));

let server: PostgresServer;
let pod: WorkerPod;
let keys: Keys;
beforeAll(async () => {
  [server, keys] = await Promise.all([startServer(major), makeKeys()]);
  await server.createDatabase('shop');
  await server.run(interesting, 'shop');
  pod = await makePod({ server, keys });
  await giveIdentity(pod, keys);
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
});
