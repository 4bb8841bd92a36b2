import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { connect } from '../../src/postgres/connect.ts';
import { carryOut, unorderedEntries, withoutErrorsOf } from '../../src/postgres/restore/unordered.ts';
import { withSession } from '../../src/postgres/session.ts';
import type { RestoreError } from '../../src/postgres/tools/restore-progress.ts';
import { readRestoreProgress } from '../../src/postgres/tools/restore-progress.ts';
import { readContents } from '../../src/stream/pg-archive/contents.ts';
import type { TocEntry } from '../../src/stream/pg-archive/format.ts';
import { connectionTo, makeWorkerRoot } from './servers/connection-to.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';

let server: PostgresServer;
let folder: string;
const databases = {
  triggers: `
     CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
     CREATE TABLE top (k int) PARTITION BY LIST (k);
     CREATE TABLE middle PARTITION OF top FOR VALUES IN (1, 2) PARTITION BY LIST (k);
     CREATE TABLE "low est" PARTITION OF middle FOR VALUES IN (1);
     CREATE TRIGGER noted AFTER INSERT ON top FOR EACH ROW EXECUTE FUNCTION fire();
     ALTER TABLE "low est" DISABLE TRIGGER noted`,
  grants: `
     CREATE ROLE lead; CREATE ROLE clerk; CREATE SCHEMA office;
     GRANT USAGE ON SCHEMA office TO lead, clerk;
     CREATE TABLE office.orders AS SELECT 1 AS id;
     GRANT SELECT ON office.orders TO lead WITH GRANT OPTION;
     SET ROLE lead; GRANT SELECT ON office.orders TO clerk; RESET ROLE;
     CREATE MATERIALIZED VIEW office.counted AS SELECT count(*) FROM office.orders;
     ALTER MATERIALIZED VIEW office.counted OWNER TO clerk`,
};
type Database = keyof typeof databases;
beforeAll(async () => {
  [server, folder] = await Promise.all([startServer('16'), mkdtemp(join(tmpdir(), 'pgcairn-order-'))]);
  for (const [name, content] of Object.entries(databases)) {
    await server.createDatabase(name);
    await server.sql(content, name);
    await run('pg_dump', ['-Fc', `--file=${join(folder, name)}`, name]);
  }
});
afterAll(async () => {
  await Promise.all([server?.stop(), rm(folder, { recursive: true, force: true })]);
});
beforeEach(async () => {
  await server.sql('DROP DATABASE IF EXISTS copy');
  await server.createDatabase('copy');
});

const run = (name: string, args: readonly string[]) =>
  execa(join(server.bin, name), [...args], {
    env: {
      PGHOST: server.host,
      PGPORT: String(server.port),
      PGUSER: server.user,
      PGPASSWORD: server.password,
    },
    reject: false,
  });

/** Restores with one entry before another, as one of several jobs would that is faster than the others. */
async function restoreWith(
  database: Database,
  early: RegExp,
  before: RegExp,
): Promise<readonly RestoreError[]> {
  const dump = join(folder, database);
  const list = (await run('pg_restore', ['--list', dump])).stdout.split('\n');
  const moved = list.filter((line) => early.test(line));
  const place = list.findIndex((line) => before.test(line));
  expect([moved.length, place > 0]).toEqual([1, true]);
  await writeFile(join(folder, 'list'), [...list.slice(0, place), ...moved, ...list.slice(place)].join('\n'));
  const use = `--use-list=${join(folder, 'list')}`;
  const { stderr } = await run('pg_restore', ['--verbose', use, '--dbname=copy', dump]);
  const progress = readRestoreProgress(() => 0);
  for (const line of stderr.split('\n')) progress.line(line);
  return progress.errors;
}

async function unordered(database: Database, errors: readonly RestoreError[]): Promise<readonly TocEntry[]> {
  const dump = createReadStream(join(folder, database));
  return unorderedEntries(await readContents(dump, { withDefinitions: true }), errors);
}

async function carriedOut(entries: readonly TocEntry[]): Promise<readonly RestoreError[]> {
  const worker = await makeWorkerRoot();
  try {
    const session = await connect(await connectionTo(server, worker), 'copy');
    return await withSession(session, () => carryOut(session, entries));
  } finally {
    await worker.remove();
  }
}

it('triggers that were switched before they were there are switched again, and are no error', async () => {
  const errors = await restoreWith(
    'triggers',
    / TRIGGER public low est noted /,
    / TRIGGER public top noted /,
  );
  const entries = await unordered('triggers', errors);
  const enabled = `SELECT tgenabled FROM pg_trigger WHERE tgrelid = '"low est"'::regclass`;

  expect(errors).toHaveLength(1);
  expect(entries.map(({ tag }) => tag)).toEqual(['low est noted']);
  expect(withoutErrorsOf(entries, errors)).toEqual([]);
  expect(await server.sql(enabled, 'copy')).toBe('O');
  expect(await carriedOut(entries)).toEqual([]);
  expect(await server.sql(enabled, 'copy')).toBe('D');

  // One that is really not there counts.
  await server.sql('DROP TRIGGER noted ON top', 'copy');
  expect(await carriedOut(entries)).toEqual([
    {
      entry: 'TRIGGER low est noted postgres',
      words: 'trigger "noted" for table "low est" does not exist',
    },
  ]);
});

it('grants passed on before the schema could be used are made again, with what needed them', async () => {
  const errors = await restoreWith('grants', / ACL office TABLE orders /, / ACL - SCHEMA office /);
  const entries = await unordered('grants', errors);
  const grants = `SELECT relacl FROM pg_class WHERE oid = 'office.orders'::regclass`;

  expect(errors.map(({ entry, words }) => `${entry}: ${words}`)).toEqual([
    'ACL TABLE orders postgres: permission denied for schema office',
    'MATERIALIZED VIEW DATA counted clerk: permission denied for table orders',
  ]);
  expect(entries.map(({ desc }) => desc)).toEqual(['ACL', 'MATERIALIZED VIEW DATA']);
  expect(withoutErrorsOf(entries, errors)).toEqual([]);
  expect(await server.sql(grants, 'copy')).toBe('');
  expect(await carriedOut(entries)).toEqual([]);
  expect(await server.sql(grants, 'copy')).toBe(await server.sql(grants, 'grants'));
  expect(await server.sql('SELECT count FROM office.counted', 'copy')).toBe('1');

  // One that is really refused counts.
  await server.sql('REVOKE USAGE ON SCHEMA office FROM lead', 'copy');
  expect(await carriedOut(entries)).toEqual([
    { entry: 'ACL TABLE orders postgres', words: 'permission denied for schema office' },
  ]);
});

it('grants that were made at once are left as they are', async () => {
  const errors = await restoreWith('grants', / ACL - SCHEMA office /, / ACL office TABLE orders /);

  expect(errors).toEqual([]);
  expect(await unordered('grants', errors)).toEqual([]);
});
