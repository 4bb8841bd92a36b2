import { afterAll, beforeAll, expect, it } from 'vitest';
import { drillTask, evidenceOn, factsOf, localServer, makeDrillPod } from './drill-harness.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';
import type { Keys, WorkerPod } from './worker-harness.ts';
import { backupTask, makeKeys, repositoryOn, runOf } from './worker-harness.ts';

const major = '17';

let server: PostgresServer;
let pod: WorkerPod;
let keys: Keys;
beforeAll(async () => {
  [server, keys] = await Promise.all([startServer(major), makeKeys()]);
  await server.createDatabase('shop');
  await server.sql(
    `CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1);
     CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES parent); INSERT INTO child VALUES (1, 1), (2, 1);`,
    'shop',
  );
  await server.sql('CREATE UNIQUE INDEX CONCURRENTLY broken ON child (p)', 'shop').catch(() => undefined);
  pod = await makeDrillPod({ server, keys });
  const task = backupTask(repositoryOn(undefined, keys), { databases: { names: ['shop'] } });
  runOf(await pod.run(task));
});
afterAll(async () => {
  await Promise.all([pod?.remove(), server?.stop()]);
});

async function drill(audit: object) {
  const task = drillTask(repositoryOn(undefined, keys), { audit, negativeControl: false });
  const facts = factsOf(await pod.run(task, { localServer: await localServer(major) }));
  return { facts, evidence: await evidenceOn(pod, facts) };
}

it('what the backup noted of the live server comes through the encrypted run into the evidence', async () => {
  const { facts, evidence } = await drill({});
  expect(facts.verdict).toBe('Passed');
  expect(
    evidence.findings.map(({ finding, index, sql, failsDrill }) => [finding, index, sql, failsDrill]),
  ).toEqual([
    ['Invalid', 'broken', 'REINDEX INDEX CONCURRENTLY "public"."broken";', false],
    ['ForeignKeyUnindexed', 'broken', 'REINDEX INDEX CONCURRENTLY "public"."broken";', false],
  ]);
});

it('a finding that the owner put into failOn fails the drill, and is named', async () => {
  const { facts, evidence } = await drill({ failOn: ['Invalid'] });
  expect(facts).toMatchObject({ verdict: 'Failed', reason: 'Audit' });
  expect(facts.message).toContain('broken');
  expect(evidence.findings.map(({ finding, failsDrill }) => [finding, failsDrill])).toEqual([
    ['Invalid', true],
    ['ForeignKeyUnindexed', false],
  ]);
});

it('a required index that is not there fails the drill, and its SQL is in the evidence', async () => {
  const required = [{ table: 'public.child', columns: ['p', 'id'] }];
  const { facts, evidence } = await drill({ required, failOn: ['RequiredMissing'] });
  expect(facts).toMatchObject({ verdict: 'Failed', reason: 'Audit' });
  expect(evidence.findings[0]).toMatchObject({
    finding: 'RequiredMissing',
    database: 'shop',
    table: 'public.child',
    sql: 'CREATE INDEX CONCURRENTLY "child_p_id_idx" ON "public"."child" USING btree (p, id);',
  });
});
