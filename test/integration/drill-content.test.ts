import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postgresClients } from '../../scripts/tools/postgres.ts';
import type { Evidence } from '../../src/domain/evidence.ts';
import { drillTask, evidenceOn, factsOf, giveIdentity, localServer } from './drill-harness.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';
import type { Keys } from './worker-harness.ts';
import { backupTask, makeKeys, makePod, repositoryOn, runOf } from './worker-harness.ts';

const major = '15';
let server: PostgresServer;
let keys: Keys;

beforeAll(async () => {
  [server, keys] = await Promise.all([startServer(major), makeKeys()]);
  // The role that made the server has another name than postgres, as on most managed services.
  await server.sql(`CREATE ROLE other SUPERUSER LOGIN; SET SESSION AUTHORIZATION other;
    ALTER ROLE postgres RENAME TO boss;
    CREATE ROLE postgres SUPERUSER LOGIN PASSWORD '${server.password}';`);
  await server.sql(`CREATE ROLE "App, Größe" NOLOGIN; CREATE ROLE reader NOLOGIN`);
  await server.sql(
    `CREATE DATABASE shop TEMPLATE template0 OWNER "App, Größe" ENCODING 'UTF8' LOCALE 'C.UTF-8'`,
  );
  await server.sql(
    `SET ROLE boss;
     CREATE SCHEMA stock; CREATE EXTENSION citext SCHEMA stock;
     CREATE TABLE stock.item (id int PRIMARY KEY, name stock.citext);
     INSERT INTO stock.item SELECT g, 'item ' || g FROM generate_series(1, 500) g;
     CREATE TABLE customer (id int PRIMARY KEY, item int REFERENCES stock.item);
     INSERT INTO customer SELECT g, g FROM generate_series(1, 300) g;
     CREATE TABLE note (id serial PRIMARY KEY, text text);
     INSERT INTO note (text) SELECT 'note ' || g FROM generate_series(1, 100) g;
     GRANT SELECT ON note TO reader WITH GRANT OPTION;
     CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
     CREATE EVENT TRIGGER ddl ON ddl_command_end EXECUTE FUNCTION on_ddl();
     CREATE PUBLICATION everything FOR ALL TABLES;
     ALTER DATABASE shop SET search_path = "$user", 'Größe, x', public;
     ALTER DATABASE shop SET work_mem = '7MB';
     ALTER DATABASE shop SET session_preload_libraries = 'auto_explain';
     ALTER ROLE reader IN DATABASE shop SET default_transaction_read_only = on;
     REVOKE CONNECT ON DATABASE shop FROM PUBLIC;
     GRANT CONNECT ON DATABASE shop TO reader;
     CREATE SUBSCRIPTION elsewhere CONNECTION 'host=nowhere.invalid' PUBLICATION everything WITH (connect = false);
     ALTER ROLE reader IN DATABASE shop SET app.tenant = 'it''s';
     CREATE TABLE "postgres's" (id int);`,
    'shop',
  );
});
afterAll(async () => {
  await server?.stop();
});

interface Rehearsed {
  readonly facts: ReturnType<typeof factsOf>;
  readonly evidence: Evidence;
}

/** Backs up and drills in a repository of its own. */
async function rehearse(
  backup: object,
  {
    drill = {},
    clientRoot,
    encrypted = true,
  }: { drill?: object; clientRoot?: string; encrypted?: boolean } = {},
): Promise<Rehearsed> {
  const used = encrypted ? keys : undefined;
  const pod = await makePod({
    server,
    ...(used === undefined ? {} : { keys: used }),
    ...(clientRoot === undefined ? {} : { clientRoot }),
  });
  try {
    await giveIdentity(pod, keys);
    const repository = repositoryOn(undefined, used);
    runOf(await pod.run(backupTask(repository, { databases: { names: ['shop'] }, ...backup })));
    const facts = factsOf(
      await pod.run(drillTask(repository, drill), { localServer: await localServer(major) }),
    );
    return { facts, evidence: await evidenceOn(pod, facts) };
  } finally {
    await pod.remove();
  }
}

const bad = ({ checks }: Evidence): unknown =>
  checks.filter(({ outcome }) => outcome === 'Failed' || outcome === 'Undecided');
const detailOf = ({ checks }: Evidence, wanted: string): string | undefined =>
  checks.find(({ id }) => id === wanted)?.detail;

test('owners, grants and settings come back, whoever made the live server', async () => {
  const assertion = (name: string, sql: string, equals: string): object => ({
    name,
    sql,
    expect: { equals },
  });
  const assertions = [
    assertion('owner', `SELECT tableowner FROM pg_tables WHERE tablename = 'note'`, 'boss'),
    assertion(
      'grant',
      `SELECT has_table_privilege('reader', 'public.note', 'SELECT WITH GRANT OPTION')`,
      't',
    ),
    assertion(
      'database',
      `SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()`,
      'App, Größe',
    ),
    assertion(
      'database grants',
      `SELECT has_database_privilege('reader', current_database(), 'CONNECT')
         AND NOT has_database_privilege('App, Größe', 'postgres', 'CREATE')
         AND NOT EXISTS (SELECT FROM pg_database d, aclexplode(d.datacl) a
                         WHERE d.datname = current_database() AND a.grantee = 0 AND a.privilege_type = 'CONNECT')`,
      't',
    ),
    assertion(
      'settings',
      `SELECT string_agg(array_to_string(setconfig, '; '), ' / ' ORDER BY setrole) FROM pg_db_role_setting`,
      `search_path="$user", "Größe, x", public; work_mem=7MB / app.tenant=it's`,
    ),
  ];
  const { facts, evidence } = await rehearse({}, { drill: { checks: { assertions } } });
  expect(bad(evidence)).toEqual([]);
  expect(facts.verdict).toBe('Passed');
  expect(detailOf(evidence, 'Restore')).toMatch(/session_preload_libraries .* was left out/);
  expect(detailOf(evidence, 'Restore')).toMatch(/default_transaction_read_only .* was left out/);
});

test('a run that is neither encrypted nor signed', async () => {
  const { facts, evidence } = await rehearse(
    {},
    { encrypted: false, drill: { identitySecretRef: undefined } },
  );
  expect(bad(evidence)).toEqual([]);
  expect(facts.verdict).toBe('Passed');
  expect(detailOf(evidence, 'Signature')).toBe('the repository has no signing key');
});

test('an empty database passes, and nobody takes it for more', async () => {
  await server.createDatabase('void');
  const { facts, evidence } = await rehearse({ databases: { names: ['void'] } });
  expect(bad(evidence)).toEqual([]);
  expect(facts).toMatchObject({ verdict: 'Passed', tables: 0, rows: 0 });
  expect(facts.message).toMatch(/checks passed; the run holds no table$/);
});

test('a grant that a role passed on with the rights of its group says nothing of the backup', async () => {
  await server.createDatabase('office');
  await server.sql(
    `CREATE ROLE staff; CREATE ROLE lead IN ROLE staff; CREATE ROLE clerk;
     CREATE SCHEMA office; GRANT USAGE ON SCHEMA office TO staff;
     CREATE TABLE office.orders (id int); GRANT SELECT ON office.orders TO lead WITH GRANT OPTION;
     SET ROLE lead; GRANT SELECT ON office.orders TO clerk`,
    'office',
  );
  const whole = await rehearse({ databases: { names: ['office'] } });
  expect(whole.facts).toMatchObject({ verdict: 'Inconclusive', reason: 'DrillServerUnfit' });
  expect(whole.facts.message).toMatch(/without their memberships.*permission denied for schema office$/);
  // The table alone comes without the grants of its schema.
  await server.sql('GRANT USAGE ON SCHEMA office TO lead', 'office');
  const logical = { include: { tables: ['office.orders'] } };
  const part = await rehearse({ databases: { names: ['office'] }, logical });
  expect(part.facts).toMatchObject({ verdict: 'Inconclusive', reason: 'RunIncomplete' });
});

test('a run of a client too old for zstd', async () => {
  const clientRoot = await mkdtemp(join(tmpdir(), 'pgcairn-clients-'));
  await symlink(join(await postgresClients(), '15'), join(clientRoot, '15'));
  try {
    const { facts, evidence } = await rehearse({}, { clientRoot });
    expect(bad(evidence)).toEqual([]);
    expect(facts.verdict).toBe('Passed');
  } finally {
    await rm(clientRoot, { recursive: true });
  }
});

test('definitions alone', async () => {
  const { facts, evidence } = await rehearse({ logical: { content: 'SchemaOnly' } });
  expect(bad(evidence)).toEqual([]);
  expect(facts).toMatchObject({ verdict: 'Passed', content: 'SchemaOnly' });
  expect(facts.message).toContain('definitions only, no data');
  const restored = evidence.checks.find(({ id }) => id === 'Restore');
  expect(restored?.detail).toContain('roles were made without their definitions');
});

test('data alone cannot be restored, and says nothing of the backup', async () => {
  const { facts } = await rehearse({ logical: { content: 'DataOnly' } });
  expect(facts).toMatchObject({ verdict: 'Inconclusive', reason: 'RunIncomplete' });
});

test.each([
  ['a table that stands alone', { include: { tables: ['public.note'] } }],
  ['a table whose extension is elsewhere', { include: { tables: ['stock.item'] } }],
  ['all but some rows', { exclude: { tableData: ['public.customer'] } }],
])('%s', async (_, logical) => {
  const { facts, evidence } = await rehearse({ logical });
  expect(bad(evidence)).toEqual([]);
  expect(facts.verdict).toBe('Passed');
});

test.each([
  ['a schema that points to another', { include: { schemas: ['public'] } }],
  ['a table that is pointed to', { exclude: { tableData: ['stock.item'] } }],
])('%s is only a part, and says nothing of the backup', async (_, logical) => {
  const { facts } = await rehearse({ logical });
  expect(facts).toMatchObject({ verdict: 'Inconclusive', reason: 'RunIncomplete' });
  expect(facts.message).toMatch(/FK CONSTRAINT customer/);
});
