import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../src/postgres/connect.ts';
import type { WorkerRoot } from './servers/connection-to.ts';
import { connectionTo, makeWorkerRoot } from './servers/connection-to.ts';
import { startPgBouncer } from './servers/pgbouncer.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';

describe('a connection through PgBouncer', () => {
  let server: PostgresServer;
  let worker: WorkerRoot;
  beforeAll(async () => {
    server = await startServer('17');
    worker = await makeWorkerRoot();
    // What PgBouncer drops would go unseen if the server had the same by itself.
    await server.sql('CREATE DATABASE alike; ALTER DATABASE alike SET search_path = pg_catalog, pg_temp');
  });
  afterAll(async () => {
    await server?.stop();
    await worker?.remove();
  });

  const lenient = { ignore_startup_parameters: 'options' };
  it.each([
    [
      'that refuses startup options',
      'postgres',
      { pool_mode: 'transaction' },
      /unsupported startup parameter/,
    ],
    [
      'that drops startup options',
      'postgres',
      { pool_mode: 'transaction', ...lenient },
      /drops startup options/,
    ],
    [
      'whose transactions share server processes',
      'alike',
      { pool_mode: 'transaction', ...lenient },
      /share one server process/,
    ],
    ['that refuses them for sessions', 'postgres', { pool_mode: 'session' }, /unsupported startup parameter/],
  ])('%s is refused', async (_, database, settings, evidence) => {
    const pooler = await startPgBouncer(server, settings);
    try {
      const connection = await connectionTo(server, worker, { port: pooler.port });
      await expect(connect(connection, database)).rejects.toMatchObject({
        reason: 'PooledEndpoint',
        message: expect.stringMatching(evidence) as string,
      });
    } finally {
      await pooler.stop();
    }
  });

  it('is fine when it keeps sessions apart and startup options are not lost', async () => {
    const pooler = await startPgBouncer(server, { pool_mode: 'session', ...lenient });
    try {
      const connection = await connectionTo(server, worker, { port: pooler.port });
      const session = await connect(connection, 'alike');
      expect(session.versionNumber).toBeGreaterThan(170_000);
      await session.close();
    } finally {
      await pooler.stop();
    }
  });

  it('is told from the server itself', async () => {
    const session = await connect(await connectionTo(server, worker), 'alike');
    expect(session.versionNumber).toBeGreaterThan(170_000);
    await session.close();
  });
});
