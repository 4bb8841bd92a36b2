import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compareWithInventory } from '../../src/domain/verification.ts';
import type { ClientPrograms } from '../../src/postgres/clients.ts';
import { connect } from '../../src/postgres/connect.ts';
import type { Connection } from '../../src/postgres/connection.ts';
import type { PreflightRequest, PreflightResult } from '../../src/postgres/preflight.ts';
import { preflight, preflightFailure } from '../../src/postgres/preflight.ts';
import { nothingMatches } from '../../src/postgres/selection.ts';
import { withSession } from '../../src/postgres/session.ts';
import type { WorkerRoot } from './servers/connection-to.ts';
import { connectionTo, makeWorkerRoot } from './servers/connection-to.ts';
import { clientFor, dumpAndDecode, noFilters } from './servers/dumped.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';

const user = 'Sichern "x"';
const quotedUser = '"Sichern ""x"""';

describe.each(['13', '14', '18'] as const)('preflight on PostgreSQL %s', (major) => {
  let server: PostgresServer;
  let worker: WorkerRoot;
  let connection: Connection;
  let client: ClientPrograms;
  let database: string;
  let made = 0;

  beforeAll(async () => {
    server = await startServer(major);
    worker = await makeWorkerRoot();
    client = await clientFor(Number(major) * 10_000);
    await server.sql(`CREATE ROLE ${quotedUser} LOGIN PASSWORD 'pw'; CREATE ROLE owner NOLOGIN`);
    connection = await connectionTo(server, worker, { user, password: 'pw' });
  });
  afterAll(async () => {
    await server?.stop();
    await worker?.remove();
  });
  beforeEach(async () => {
    made += 1;
    database = `d${made}`;
    await server.createDatabase(database);
  });

  async function check(request: Partial<PreflightRequest> = {}): Promise<PreflightResult> {
    return withSession(await connect(connection, database), (session) =>
      preflight(session, {
        content: 'All',
        globals: 'Roles',
        filters: noFilters,
        clientMajor: client.major,
        ...request,
      }),
    );
  }
  async function dumpsWhole(): Promise<void> {
    const wish = { connection, client, database, content: 'All', filters: noFilters } as const;
    const { inventory, facts } = await dumpAndDecode(wish);
    expect(compareWithInventory(inventory, facts)).toEqual([]);
  }
  /** Runs the SQL that the first finding offers, up to its alternative for everything. */
  async function follow({ findings }: PreflightResult): Promise<void> {
    const message = findings[0]?.message ?? '';
    const sql = message.slice(message.search(/(GRANT|ALTER ROLE) /)).split(/ or |and so on/)[0];
    await server.sql(sql ?? '', database);
  }

  it('finds nothing in an empty database', async () => {
    expect(await check()).toEqual({ filters: noFilters, unmatched: [], findings: [] });
  });

  it('names what may not be read, and its SQL puts it right', async () => {
    await server.sql(
      `CREATE SCHEMA "Büro"; CREATE TABLE "Büro"."Akte 1" (id serial); CREATE TABLE public.free ();
       GRANT SELECT ON public.free TO ${quotedUser};`,
      database,
    );
    const first = await check();
    expect(first.findings[0]).toMatchObject({
      reason: 'PrivilegeMissing',
      message: expect.stringContaining(`GRANT USAGE ON SCHEMA "Büro" TO ${quotedUser};`) as string,
    });
    await follow(first);
    const second = await check();
    expect(second.findings.map(({ message }) => message)).toEqual([
      expect.stringContaining(`may not read "Büro"."Akte 1", "Büro"."Akte 1_id_seq"`),
    ]);
    await follow(second);
    expect((await check()).findings).toEqual([]);
    await dumpsWhole();
  });

  it('asks for no more than what is dumped needs', async () => {
    await server.sql(
      `CREATE SCHEMA closed; CREATE TABLE closed.t (id serial); CREATE TABLE public.t (id int);
       CREATE SEQUENCE public.s; GRANT SELECT ON public.t TO ${quotedUser}`,
      database,
    );
    const filters = { ...noFilters, includeSchemas: ['public'] };
    expect((await check({ filters, content: 'SchemaOnly' })).findings).toEqual([]);
    expect((await check({ filters })).findings[0]?.message).toContain('public.s');
    expect(
      (await check({ filters: { ...noFilters, includeTables: [{ schema: 'public', name: 't' }] } })).findings,
    ).toEqual([]);
  });

  it('names ten of many tables', async () => {
    await server.sql(
      `DO $$ BEGIN FOR i IN 10..30 LOOP EXECUTE 'CREATE TABLE t' || i || ' ()'; END LOOP; END $$`,
      database,
    );
    const [finding] = (await check()).findings;
    expect(finding?.message).toContain('public.t10, public.t11');
    expect(finding?.message).toContain('public.t19 and 11 more');
    expect(finding?.message).toContain(
      major === '13' ? 'GRANT SELECT ON "public"."t10"' : 'GRANT pg_read_all_data',
    );
  });

  it('names large objects, which pg_read_all_data does not cover', async () => {
    await server.sql(`SELECT lo_from_bytea(4711, 'x'); ALTER LARGE OBJECT 4711 OWNER TO owner`, database);
    const result = await check();
    expect(result.findings[0]).toMatchObject({
      reason: 'PrivilegeMissing',
      message: expect.stringMatching(/may not read 1 large object \(4711\)/) as string,
    });
    expect((await check({ content: 'SchemaOnly' })).findings).toEqual([]);
    await follow(result);
    expect((await check()).findings).toEqual([]);
    await dumpsWhole();
  });

  it('names tables whose rows row security would hide, and its SQL puts it right', async () => {
    await server.sql(
      `CREATE TABLE mine (id int); INSERT INTO mine VALUES (1), (2); ALTER TABLE mine ENABLE ROW LEVEL SECURITY;
       CREATE POLICY one ON mine USING (id = 1); GRANT SELECT ON mine TO ${quotedUser};
       CREATE TABLE own (id int); ALTER TABLE own OWNER TO ${quotedUser}; ALTER TABLE own ENABLE ROW LEVEL SECURITY;
       CREATE TABLE forced (id int); ALTER TABLE forced OWNER TO ${quotedUser};
       ALTER TABLE forced ENABLE ROW LEVEL SECURITY; ALTER TABLE forced FORCE ROW LEVEL SECURITY`,
      database,
    );
    const result = await check();
    expect(result.findings).toEqual([
      {
        reason: 'RowSecurity',
        message: expect.stringContaining('rows of public.forced, public.mine from user') as string,
      },
    ]);
    expect((await check({ content: 'SchemaOnly' })).findings).toEqual([]);
    await follow(result);
    expect((await check()).findings).toEqual([]);
    await dumpsWhole();
    await server.sql(`ALTER ROLE ${quotedUser} NOBYPASSRLS`);
  });

  it('says when password hashes may not be read', async () => {
    const { findings } = await check({ globals: 'RolesWithPasswords' });
    expect(findings[0]).toMatchObject({
      reason: 'PrivilegeMissing',
      message: expect.stringContaining('set spec.logical.globals to Roles') as string,
    });
  });

  it('names filters that match nothing, with what is alike', async () => {
    await server.sql(
      'CREATE SCHEMA shop; CREATE TABLE shop.orders (); CREATE TABLE shop."Items" ()',
      database,
    );
    const filters = {
      includeSchemas: ['shpo', 'shop'],
      includeTables: [],
      excludeSchemas: ['shopp'],
      excludeTables: [{ schema: 'shop', name: 'order' }],
      excludeTableData: [
        { schema: 'public', name: 'items' },
        { schema: 'shop', name: 'orders' },
      ],
    };
    const result = await check({ filters });
    expect(result.unmatched).toEqual([
      { field: 'include.schemas', name: 'shpo', similar: [] },
      { field: 'exclude.schemas', name: 'shopp', similar: ['shop'] },
      { field: 'exclude.tables', name: 'shop."order"'.replaceAll('"', ''), similar: ['shop.orders'] },
      { field: 'exclude.tableData', name: 'public.items', similar: ['shop."Items"'] },
    ]);
    expect(result.filters).toEqual({
      includeSchemas: ['shop'],
      includeTables: [],
      excludeSchemas: [],
      excludeTables: [],
      excludeTableData: [{ schema: 'shop', name: 'orders' }],
    });
    expect(nothingMatches([result.unmatched])).toMatchObject({ reason: 'NothingMatches' });
  });

  it('never takes a choice that matches nothing for everything', async () => {
    await server.sql('CREATE TABLE t (id int); GRANT SELECT ON t TO PUBLIC', database);
    const filters = { ...noFilters, includeTables: [{ schema: 'public', name: 'T' }] };
    const { findings } = await check({ filters });
    expect(findings).toEqual([
      {
        reason: 'NothingMatches',
        message:
          'nothing that spec.logical.include names is here (spec.logical.include.tables: public."T" does not exist; there is public.t)',
      },
    ]);
    const wish = { connection, client, database, content: 'All', filters } as const;
    await expect(dumpAndDecode(wish)).rejects.toMatchObject({ reason: 'NothingMatches' });
  });

  it('puts the most basic finding first', async () => {
    await server.sql('CREATE SCHEMA closed; CREATE TABLE closed.t ()', database);
    const { findings } = await check({ globals: 'RolesWithPasswords' });
    expect(preflightFailure(database, findings)).toMatchObject({
      reason: 'PrivilegeMissing',
      message: expect.stringMatching(
        /^database d\d+: user Sichern "x" may not use schema closed: .*pg_authid/,
      ) as string,
    });
    expect(preflightFailure(database, [])).toBeUndefined();
  });
});

describe('lock capacity', () => {
  const few = {
    max_locks_per_transaction: '10',
    max_connections: '10',
    max_worker_processes: '0',
    max_wal_senders: '0',
  };
  it(
    'is found too small before pg_dump fails on it, and what the message says is enough',
    { timeout: 120_000 },
    async () => {
      const server = await startServer('16', {
        settings: { ...few, shared_buffers: '1MB', wal_level: 'minimal' },
      });
      const worker = await makeWorkerRoot();
      try {
        await server.createDatabase('many');
        for (let at = 0; at < 2000; at += 20) {
          await server.sql(
            `DO $$ BEGIN FOR i IN ${at}..${at + 19} LOOP EXECUTE 'CREATE TABLE t' || i || ' (id int)'; END LOOP; END $$`,
            'many',
          );
        }
        const connection = await connectionTo(server, worker);
        const client = await clientFor(160_000);
        const wish = { connection, client, database: 'many', content: 'All', filters: noFilters } as const;
        const check = async (): Promise<PreflightResult> =>
          withSession(await connect(connection, 'many'), (session) =>
            preflight(session, { ...wish, globals: 'None', clientMajor: client.major }),
          );
        const [finding] = (await check()).findings;
        expect(finding).toMatchObject({ reason: 'LockCapacity' });
        await expect(dumpAndDecode(wish)).rejects.toMatchObject({ reason: 'LockCapacity' });
        const [, sql = ''] = /(ALTER SYSTEM .*;)/.exec(finding?.message ?? '') ?? [];
        await server.sql(sql);
        await server.restart();
        expect((await check()).findings).toEqual([]);
        const { inventory, facts } = await dumpAndDecode(wish);
        expect(compareWithInventory(inventory, facts)).toEqual([]);
      } finally {
        await server.stop();
        await worker.remove();
      }
    },
  );
});
