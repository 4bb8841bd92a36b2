import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compareWithInventory } from '../../src/domain/verification.ts';
import type { ClientPrograms } from '../../src/postgres/clients.ts';
import { connect } from '../../src/postgres/connect.ts';
import type { Connection } from '../../src/postgres/connection.ts';
import { openInventory } from '../../src/postgres/inventory.ts';
import { readServer } from '../../src/postgres/server.ts';
import { withSession } from '../../src/postgres/session.ts';
import { openSnapshot } from '../../src/postgres/snapshot.ts';
import type { RunningDump } from '../../src/postgres/tools/dump.ts';
import { startDump } from '../../src/postgres/tools/dump.ts';
import { startGlobals } from '../../src/postgres/tools/globals.ts';
import type { WorkerRoot } from './servers/connection-to.ts';
import { connectionTo, makeWorkerRoot } from './servers/connection-to.ts';
import { clientFor, dumpAndDecode, noFilters } from './servers/dumped.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';

const demoData = join(import.meta.dirname, '../../demo/data/interesting.sql');
const content = 'All';
const filters = noFilters;

let primary: PostgresServer;
let standby: PostgresServer;
let worker: WorkerRoot;
let connection: Connection;
let client: ClientPrograms;

beforeAll(async () => {
  primary = await startServer('18');
  worker = await makeWorkerRoot();
  await primary.createDatabase('shop');
  await primary.run(demoData, 'shop', { size_mb: '20' });
  await primary.sql(
    'CREATE TABLE public.locked (id int); CREATE TABLE public.big AS SELECT * FROM shop.event',
    'shop',
  );
  standby = await startServer('18', {
    standbyOf: primary,
    settings: { max_standby_streaming_delay: '500ms' },
  });
  connection = await connectionTo(primary, worker);
  client = await clientFor(180_000);
});
afterAll(async () => {
  await standby?.stop();
  await primary?.stop();
  await worker?.remove();
});

async function startOf(snapshotId: string, rest: object = {}): Promise<RunningDump> {
  return startDump({
    connection,
    client,
    database: 'shop',
    snapshotId,
    content,
    filters,
    lockWaitSeconds: 1,
    ...rest,
  });
}

/** Holds an exclusive lock on a table while `work` runs. */
async function whileLocked(table: string, work: () => Promise<void>): Promise<void> {
  const holder = await connect(connection, 'shop');
  await withSession(holder, async () => {
    await holder.query('BEGIN');
    await holder.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    await work();
  });
}

async function failureOf(dump: RunningDump): Promise<Error> {
  const read = text(dump.stdout).then(
    () => expect.fail('the stream ended as if the dump were whole'),
    (error: Error) => error,
  );
  const [error, again] = await Promise.all([read, dump.done.catch((reason: Error) => reason)]);
  expect(again).toBe(error);
  return error;
}

describe('a dump', () => {
  it('fails in time, and does not queue, behind a locked table', async () => {
    const snapshot = await openSnapshot(connection, 'shop');
    await whileLocked('public.locked', async () => {
      expect(await failureOf(await startOf(snapshot.id))).toMatchObject({
        reason: 'LockTimeout',
        retriable: true,
      });
      const inventory = openInventory({
        connection,
        snapshot,
        content,
        filters,
        clientMajor: 18,
        lockWaitSeconds: 1,
      });
      await expect(inventory).rejects.toMatchObject({
        reason: 'LockTimeout',
        message: expect.stringMatching(
          /longer than 1 s: public\.locked by process \d+ \(pgcairn\)/,
        ) as string,
      });
    });
    await snapshot.close();
  });

  it('holds what was counted although somebody waits to truncate the table meanwhile', async () => {
    await primary.sql('CREATE TABLE public.short_lived AS SELECT generate_series(1, 1000) AS id', 'shop');
    let truncating: Promise<string> | undefined;
    const { inventory, facts } = await dumpAndDecode({
      connection,
      client,
      database: 'shop',
      content,
      filters,
      meanwhile: async () => {
        truncating = primary
          .sql(`SET lock_timeout = '300ms'; TRUNCATE public.short_lived`, 'shop')
          .catch(() => 'refused');
        await truncating;
      },
    });
    expect(await truncating).toBe('refused');
    expect(compareWithInventory(inventory, facts)).toEqual([]);
    expect(inventory.tables).toContainEqual(
      expect.objectContaining({ schema: 'public', name: 'short_lived', rows: 1000 }),
    );
  });

  it('is lost when the server ends its connection, and its stream never ends as if whole', async () => {
    const snapshot = await openSnapshot(connection, 'shop');
    const dump = await startOf(snapshot.id);
    dump.stdout.once('readable', () => {
      const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'pgcairn' AND query LIKE 'COPY%'`;
      // It may be a while until it copies; with nobody who reads it does not get far.
      void vi
        .waitFor(async () => expect(await primary.sql(end)).toBe('t'), { timeout: 60_000 })
        .then(() => dump.stdout.resume());
    });
    const read = finished(dump.stdout, { writable: false });
    await expect(read).rejects.toMatchObject({ reason: 'ConnectionLost', retriable: true });
    await expect(dump.done).rejects.toMatchObject({ reason: 'ConnectionLost' });
    await snapshot.close();
  });

  it('cannot go on in a snapshot that is gone', async () => {
    const snapshot = await openSnapshot(connection, 'shop');
    await snapshot.close();
    expect(await failureOf(await startOf(snapshot.id))).toMatchObject({ reason: 'DumpFailed' });
  });

  it('stops when asked to', async () => {
    const snapshot = await openSnapshot(connection, 'shop');
    const stop = new AbortController();
    const dump = await startOf(snapshot.id, { signal: stop.signal });
    dump.stdout.once('readable', () => stop.abort());
    expect(await failureOf(dump)).toMatchObject({ reason: 'Interrupted' });
    await snapshot.close();
  });

  it('keeps the password out of argv and environment', async () => {
    const snapshot = await openSnapshot(connection, 'shop');
    const dump = await startOf(snapshot.id);
    await new Promise((resolve) => dump.stdout.once('readable', resolve));
    const { stdout: pids } = await execa('pgrep', ['-P', String(process.pid), '-f', client.bin]);
    const seen = await Promise.all(
      pids
        .split('\n')
        .flatMap((pid) =>
          ['cmdline', 'environ'].map((name) => readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '')),
        ),
    );
    expect(seen.join('\n')).toContain('PGPASSFILE');
    expect(seen.join('\n')).not.toContain(primary.password);
    dump.stdout.destroy();
    await expect(dump.done).rejects.toMatchObject({ reason: 'DumpFailed' });
    await snapshot.close();
  });
});

describe('a standby', () => {
  it('is dumped like a primary', async () => {
    await primary.sql('CREATE TABLE IF NOT EXISTS public.replayed ()', 'shop');
    await expect
      .poll(() => standby.sql(`SELECT to_regclass('public.replayed')`, 'shop'), { timeout: 20_000 })
      .not.toBe('');
    const onStandby = await connectionTo(standby, worker);
    const facts = await withSession(await connect(onStandby, 'shop'), readServer);
    expect(facts.inRecovery).toBe(true);
    const wish = { connection: onStandby, client, database: 'shop', content, filters } as const;
    const { inventory, facts: dumped } = await dumpAndDecode(wish);
    expect(compareWithInventory(inventory, dumped)).toEqual([]);
    expect(inventory.tables.length).toBeGreaterThan(15);
    const unlogged = 'rows of unlogged tables, which a standby does not have';
    expect(inventory.leftOut).toContainEqual({ what: unlogged, count: 1 });
  });

  it('that cancels the snapshot is told apart from other failures', async () => {
    const onStandby = await connectionTo(standby, worker);
    const snapshot = await openSnapshot(onStandby, 'shop');
    const common = { connection: onStandby, content, filters, lockWaitSeconds: 5 } as const;
    const inventory = await openInventory({ ...common, snapshot, clientMajor: 18 });
    await primary.sql('DROP TABLE public.big', 'shop');
    await expect
      .poll(
        () =>
          inventory.count().then(
            () => '',
            (error: { reason?: string }) => error.reason,
          ),
        { timeout: 20_000 },
      )
      .toBe('RecoveryConflict');
    await inventory.close();
    await snapshot.close();
  });
});

describe('globals', () => {
  it.each([
    ['without passwords', false],
    ['with passwords', true],
  ])('are dumped %s', async (_, withPasswords) => {
    await primary.sql(
      `DO $$ BEGIN CREATE ROLE clerk LOGIN PASSWORD 'pw'; EXCEPTION WHEN duplicate_object THEN END $$`,
    );
    const globals = startGlobals({ connection, client, withPasswords });
    const [sql] = await Promise.all([text(globals.stdout), globals.done]);
    expect(sql).toContain('CREATE ROLE clerk');
    expect(sql).toContain('GRANT shop_reader TO shop_app');
    expect(sql.includes('SCRAM-SHA-256$')).toBe(withPasswords);
  });
});
