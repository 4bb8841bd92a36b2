import { afterAll, beforeAll, expect, test } from 'vitest';
import { drillTask, evidenceOn, factsOf, localServer, makeDrillPod } from './drill-harness.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';
import type { Keys } from './worker-harness.ts';
import { backupTask, makeKeys, repositoryOn, runOf } from './worker-harness.ts';

/** Its postgres_fdw and dblink find what they need in the libpq of the machine. */
const major = '15';
let server: PostgresServer;
let keys: Keys;

beforeAll(async () => {
  [server, keys] = await Promise.all([startServer(major), makeKeys()]);
});
afterAll(async () => {
  await server?.stop();
});

/** Tables on a server that a drill does not reach, and others that they are a part of. */
const elsewhere = `
CREATE EXTENSION postgres_fdw;
CREATE SERVER warehouse FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '/nowhere', dbname 'stock');
CREATE USER MAPPING FOR postgres SERVER warehouse OPTIONS (user 'postgres');
CREATE FOREIGN TABLE stock (id int, pieces int) SERVER warehouse;
CREATE VIEW short AS SELECT * FROM stock WHERE pieces < 3;
CREATE TABLE bill (id int, year int) PARTITION BY LIST (year);
CREATE TABLE bill_late PARTITION OF bill FOR VALUES IN (2025, 2026) PARTITION BY LIST (year);
CREATE TABLE bill_2026 PARTITION OF bill_late FOR VALUES IN (2026);
CREATE FOREIGN TABLE bill_2025 PARTITION OF bill_late FOR VALUES IN (2025) SERVER warehouse;
INSERT INTO bill SELECT g, 2026 FROM generate_series(1, 500) g;
CREATE TABLE note (id serial PRIMARY KEY, text text);
CREATE FOREIGN TABLE old_note () INHERITS (note) SERVER warehouse;
INSERT INTO note (text) SELECT 'note ' || g FROM generate_series(1, 300) g;`;

async function rehearse(database: string, sql: string, logical = {}) {
  await server.createDatabase(database);
  await server.sql(sql, database);
  const pod = await makeDrillPod({ server, keys });
  try {
    const repository = repositoryOn(undefined, keys);
    runOf(await pod.run(backupTask(repository, { databases: { names: [database] }, logical })));
    const facts = factsOf(await pod.run(drillTask(repository), { localServer: await localServer(major) }));
    const { checks } = await evidenceOn(pod, facts);
    return { facts, bad: checks.filter(({ outcome }) => outcome === 'Failed' || outcome === 'Undecided') };
  } finally {
    await pod.remove();
  }
}

test('foreign tables are not asked, and what is here beside them is proved', async () => {
  const { facts, bad } = await rehearse('shop', elsewhere);
  expect(bad).toEqual([]);
  expect(facts).toMatchObject({ verdict: 'Passed', rows: 800 });
});

// As after a refresh at a time when the other server was there.
const refreshed = `UPDATE pg_class SET relispopulated = true WHERE relname = 'made';`;
const made = 'CREATE MATERIALIZED VIEW made AS SELECT * FROM stock WITH NO DATA;';

test.each([
  ['postgres_fdw', `${elsewhere} ${made}`],
  [
    'dblink',
    `CREATE EXTENSION dblink; CREATE MATERIALIZED VIEW made AS
       SELECT * FROM dblink('host=/nowhere', 'SELECT 1') AS t(a int) WITH NO DATA;`,
  ],
])('a materialized view of rows by %s says nothing of the backup', async (library, sql) => {
  const { facts } = await rehearse(library, `${sql} ${refreshed}`);
  expect(facts).toMatchObject({ verdict: 'Inconclusive', reason: 'DrillServerUnfit' });
  expect(facts.message).toMatch(/MATERIALIZED VIEW DATA made .*: could not (connect to server|establish)/);
});

test("one whose rows are left out of the backup is in nobody's way", async () => {
  const logical = { exclude: { tableData: ['public.made'] } };
  const { facts, bad } = await rehearse('without', `${elsewhere} ${made} ${refreshed}`, logical);
  expect(bad).toEqual([]);
  expect(facts).toMatchObject({ verdict: 'Passed', rows: 800 });
});
