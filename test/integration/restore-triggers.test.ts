import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../../src/postgres/connect.ts';
import {
  partitionTriggers,
  switchPartitionTriggers,
  withoutTriggersOf,
} from '../../src/postgres/restore/partition-triggers.ts';
import { withSession } from '../../src/postgres/session.ts';
import { readRestoreProgress } from '../../src/postgres/tools/restore-progress.ts';
import { readContents } from '../../src/stream/pg-archive/contents.ts';
import { connectionTo, makeWorkerRoot } from './servers/connection-to.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';

let server: PostgresServer;
let folder: string;
beforeAll(async () => {
  [server, folder] = await Promise.all([startServer('16'), mkdtemp(join(tmpdir(), 'pgcairn-triggers-'))]);
  await server.createDatabase('shop');
  await server.sql(
    `CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
     CREATE TABLE top (k int) PARTITION BY LIST (k);
     CREATE TABLE middle PARTITION OF top FOR VALUES IN (1, 2) PARTITION BY LIST (k);
     CREATE TABLE "low est" PARTITION OF middle FOR VALUES IN (1);
     CREATE TRIGGER noted AFTER INSERT ON top FOR EACH ROW EXECUTE FUNCTION fire();
     ALTER TABLE "low est" DISABLE TRIGGER noted`,
    'shop',
  );
});
afterAll(async () => {
  await Promise.all([server?.stop(), rm(folder, { recursive: true, force: true })]);
});

it('triggers that were switched before they were there are switched again, and are no error', async () => {
  const env = {
    PGHOST: server.host,
    PGPORT: String(server.port),
    PGUSER: server.user,
    PGPASSWORD: server.password,
  };
  const run = (name: string, args: readonly string[]) =>
    execa(join(server.bin, name), [...args], { env, reject: false });
  const dump = join(folder, 'shop.dump');
  await run('pg_dump', ['-Fc', `--file=${dump}`, 'shop']);
  await server.createDatabase('copy');
  // As one of several jobs would that is faster than the others.
  const list = (await run('pg_restore', ['--list', dump])).stdout.split('\n');
  const early = list.filter((line) => / TRIGGER public low est noted /.test(line));
  const parent = list.findIndex((line) => / TRIGGER public top noted /.test(line));
  const order = [...list.slice(0, parent), ...early, ...list.slice(parent)];
  await writeFile(join(folder, 'list'), order.join('\n'));
  const restored = await run('pg_restore', [
    '--verbose',
    `--use-list=${join(folder, 'list')}`,
    '--dbname=copy',
    dump,
  ]);
  const progress = readRestoreProgress(() => 0);
  for (const line of restored.stderr.split('\n')) progress.line(line);
  const triggers = partitionTriggers(await readContents(createReadStream(dump), { withDefinitions: true }));
  const worker = await makeWorkerRoot();
  const switchThem = async () =>
    await withSession(await connect(await connectionTo(server, worker), 'copy'), (session) =>
      switchPartitionTriggers(session, triggers),
    );
  const enabled = `SELECT tgenabled FROM pg_trigger WHERE tgrelid = '"low est"'::regclass`;

  expect(early).toHaveLength(1);
  expect(progress.errors).toHaveLength(1);
  expect(withoutTriggersOf(triggers, progress.errors)).toEqual([]);
  expect(await server.sql(enabled, 'copy')).toBe('O');
  expect(await switchThem()).toEqual([]);
  expect(await server.sql(enabled, 'copy')).toBe('D');

  // One that is really not there counts.
  await server.sql('DROP TRIGGER noted ON top', 'copy');
  expect(await switchThem()).toEqual([
    {
      entry: 'TRIGGER low est noted postgres',
      words: 'trigger "noted" for table "low est" does not exist',
    },
  ]);
  await worker.remove();
});
