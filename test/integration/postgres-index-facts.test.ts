import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/domain/inventory.ts';
import { connect } from '../../src/postgres/connect.ts';
import type { Connection } from '../../src/postgres/connection.ts';
import { openInventory } from '../../src/postgres/inventory.ts';
import { openSnapshot } from '../../src/postgres/snapshot.ts';
import type { WorkerRoot } from './servers/connection-to.ts';
import { connectionTo, makeWorkerRoot } from './servers/connection-to.ts';
import { noFilters } from './servers/dumped.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';

const tables = `
  CREATE ROLE reader LOGIN PASSWORD 'reader-pw';
  CREATE TABLE used (id int PRIMARY KEY, a int, note text);
  INSERT INTO used SELECT i, i % 7, repeat('x', 400) FROM generate_series(1, 20000) i;
  CREATE INDEX used_a ON used (a);
  CREATE INDEX "nie ""benutzt""" ON used ((a + 1)) WHERE a > 3;
  CREATE TABLE doubled (id int, b int);
  INSERT INTO doubled VALUES (1, 1), (1, 2);
  CREATE TABLE parts (id int, at int) PARTITION BY RANGE (at);
  CREATE TABLE part_one PARTITION OF parts FOR VALUES FROM (0) TO (10);
  CREATE INDEX parts_id ON parts (id);
  GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
`;

interface Wish {
  readonly content?: 'All' | 'DataOnly';
  /** Runs when the facts are read and the tables are locked, before rows are counted. */
  readonly opened?: () => Promise<undefined>;
}

describe.each(['13', '14', '18'] as const)('index facts of PostgreSQL %s', (major) => {
  let server: PostgresServer;
  let worker: WorkerRoot;
  let connection: Connection;
  beforeAll(async () => {
    server = await startServer(major);
    worker = await makeWorkerRoot();
    await server.createDatabase('shop');
    await server.sql(tables, 'shop');
    await server.sql('VACUUM ANALYZE', 'shop');
    await server
      .sql('CREATE UNIQUE INDEX CONCURRENTLY doubled_id ON doubled (id, b) WHERE false;', 'shop')
      .then(() =>
        server.sql('CREATE UNIQUE INDEX CONCURRENTLY doubled_broken ON doubled (id) INCLUDE (b)', 'shop'),
      )
      .catch(() => undefined);
    connection = await connectionTo(server, worker);
  });
  afterAll(async () => {
    await server?.stop();
    await worker?.remove();
  });

  async function inventory(
    as = connection,
    { content = 'All', opened = async () => undefined }: Wish = {},
  ): Promise<Inventory> {
    const snapshot = await openSnapshot(as, 'shop');
    const open = await openInventory({
      connection: as,
      snapshot,
      content,
      filters: noFilters,
      clientMajor: 18,
      lockWaitSeconds: 5,
    });
    try {
      await opened();
      return await open.count();
    } finally {
      await open.close();
      await snapshot.close();
    }
  }
  const fact = (found: Inventory, name: string) => found.indexes?.indexes.find((one) => one.name === name);
  /** Counters of ended sessions arrive a moment later; a session of its own waits for none. */
  const scans = async (index: string): Promise<number> =>
    Number(
      await server.sql(`SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = '${index}'`, 'shop'),
    );

  it('name every index of a dumped table that has storage, with its size and its scans', async () => {
    await server.sql('SET enable_seqscan = off; SELECT count(note) FROM used WHERE id = 5', 'shop');
    await expect.poll(() => scans('used_pkey'), { timeout: 20_000 }).toBe(1);
    const found = await inventory();
    expect(found.indexes?.indexes.map(({ name }) => name)).toEqual([
      'doubled_broken',
      'doubled_id',
      'nie "benutzt"',
      'part_one_id_idx',
      'used_a',
      'used_pkey',
    ]);
    expect(fact(found, 'used_pkey')).toMatchObject({ schema: 'public', table: 'used', scans: 1 });
    expect(fact(found, 'used_pkey')?.sizeBytes).toBe(
      Number(await server.sql(`SELECT pg_relation_size('used_pkey')`, 'shop')),
    );
    expect(found.indexes?.inRecovery).toBe(false);
    expect(Date.parse(found.indexes?.since ?? '')).toBeLessThan(Date.parse(found.snapshotTime) + 1000);
  });

  it('tell a broken index from one that is being built', async () => {
    expect(fact(await inventory(), 'doubled_broken')).toMatchObject({ unusable: 'Invalid', columns: ['id'] });
    const blocker = await connect(connection, 'shop');
    const builder = await connect(connection, 'shop');
    try {
      await blocker.query('BEGIN');
      await blocker.query('INSERT INTO public.used VALUES (-1, 0)');
      const built = builder.query('CREATE INDEX CONCURRENTLY used_slow ON public.used (note)');
      await expect
        .poll(async () => fact(await inventory(), 'used_slow'), { timeout: 20_000 })
        .toMatchObject({ unusable: 'Building', columns: ['note'] });
      await blocker.query('ROLLBACK');
      await built;
      expect(fact(await inventory(), 'used_slow')).not.toHaveProperty('unusable');
    } finally {
      await blocker.close();
      await builder.close();
      await server.sql('DROP INDEX IF EXISTS used_slow', 'shop');
    }
  });

  it('are not changed by backups: counting the rows uses no index', async () => {
    const all = `SELECT coalesce(sum(idx_scan), 0) FROM pg_stat_user_indexes`;
    // Until every page is known to be visible to all, which a transaction that is just ending may delay.
    const plan = () => server.sql('VACUUM ANALYZE used; EXPLAIN SELECT count(*) FROM ONLY used', 'shop');
    await expect.poll(plan, { timeout: 20_000 }).toContain('Index Only Scan');
    const before = await server.sql(all, 'shop');
    await inventory();
    // A use that does count, so that there is something to wait for.
    await server.sql('SET enable_seqscan = off; SELECT count(note) FROM used WHERE id = 6', 'shop');
    await expect.poll(() => server.sql(all, 'shop'), { timeout: 20_000 }).not.toBe(before);
    expect(Number(await server.sql(all, 'shop'))).toBe(Number(before) + 1);
  });

  it('do not wait for whoever rebuilds an index', async () => {
    const rebuilder = await connect(connection, 'shop');
    try {
      await rebuilder.query('BEGIN');
      await rebuilder.query('REINDEX INDEX public.used_a');
      // Counting does wait: the planner opens every index of a table.
      const opened = async (): Promise<undefined> => void (await rebuilder.query('ROLLBACK'));
      const found = await inventory(connection, { opened });
      expect(fact(found, 'used_a')?.sizeBytes).toBeGreaterThan(0);
    } finally {
      await rebuilder.close();
    }
  });

  it('need no privilege beyond those of the dump', async () => {
    const reader = await connectionTo(server, worker, { user: 'reader', password: 'reader-pw' });
    const found = await inventory(reader);
    expect(fact(found, 'used_pkey')?.scans).toBeGreaterThan(0);
    expect(fact(found, 'doubled_broken')).toMatchObject({ unusable: 'Invalid' });
  });

  it('are left out where the dump has no index', async () => {
    expect((await inventory(connection, { content: 'DataOnly' })).indexes).toBeUndefined();
  });

  it('say that they come from a standby', async () => {
    const standby = await startServer(major, {
      standbyOf: server,
      settings: { hot_standby: 'on', max_standby_streaming_delay: '-1' },
    });
    const root = await makeWorkerRoot();
    try {
      const found = await inventory(await connectionTo(standby, root));
      expect(found.indexes?.inRecovery).toBe(true);
      expect(fact(found, 'used_pkey')?.scans).toBe(0);
    } finally {
      await standby.stop();
      await root.remove();
    }
  });
});
