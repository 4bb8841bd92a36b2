import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverMajors } from '../../scripts/tools/postgres.ts';
import { compareWithInventory } from '../../src/domain/verification.ts';
import type { ClientPrograms } from '../../src/postgres/clients.ts';
import type { Connection } from '../../src/postgres/connection.ts';
import { dumpFilters } from '../../src/postgres/selection.ts';
import type { WorkerRoot } from './servers/connection-to.ts';
import { connectionTo, makeWorkerRoot } from './servers/connection-to.ts';
import { clientFor, dumpAndDecode, noFilters } from './servers/dumped.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';

const demoData = join(import.meta.dirname, '../../demo/data/interesting.sql');
const oddObjects = join(import.meta.dirname, 'servers/odd-objects.sql');

interface Choice {
  readonly include?: { readonly schemas?: string[]; readonly tables?: string[] };
  readonly exclude?: {
    readonly schemas?: string[];
    readonly tables?: string[];
    readonly tableData?: string[];
  };
}

const cases: readonly (readonly [string, 'All' | 'SchemaOnly' | 'DataOnly', Choice])[] = [
  ['everything', 'All', {}],
  ['the schema', 'SchemaOnly', {}],
  ['the data', 'DataOnly', {}],
  ['one schema', 'All', { include: { schemas: ['shop'] } }],
  ['two schemas', 'All', { include: { schemas: ['public', 'Archiv für Übergrößen'] } }],
  [
    'a table, a partitioned one, a parent, views and a sequence',
    'All',
    {
      include: {
        tables: [
          'shop.customer',
          'shop.event',
          'shop.vehicle',
          'shop.product',
          'shop.sales_by_day',
          'shop.order_value',
          'shop.invoice_number',
          'public."q""uote.d; DROP"',
        ],
      },
    },
  ],
  [
    'two of the partitions and children',
    'DataOnly',
    { include: { tables: ['shop.event_2025', 'shop.truck'] } },
  ],
  [
    'all but a schema, a partitioned table and referenced tables',
    'All',
    {
      exclude: {
        schemas: ['Archiv für Übergrößen'],
        tables: ['shop.event', 'shop.customer', 'shop.product'],
        tableData: ['shop."Bestellung"'],
      },
    },
  ],
  [
    'the rows of all but three tables',
    'All',
    { exclude: { tableData: ['shop.event', 'shop.product', 'public.audit_log'] } },
  ],
  ['the schema without a schema', 'SchemaOnly', { exclude: { schemas: ['shop'] } }],
  [
    'the data of a schema with exceptions',
    'DataOnly',
    {
      include: { schemas: ['shop'] },
      exclude: { tables: ['shop.customer'], tableData: ['shop.event_2026'] },
    },
  ],
];

describe.each(serverMajors)('the inventory of PostgreSQL %s', (major) => {
  let server: PostgresServer;
  let worker: WorkerRoot;
  let connection: Connection;
  let client: ClientPrograms;
  beforeAll(async () => {
    server = await startServer(major);
    worker = await makeWorkerRoot();
    await server.createDatabase('shop');
    await server.run(demoData, 'shop', { size_mb: '2' });
    await server.run(oddObjects, 'shop');
    await server.createDatabase('nothing');
    connection = await connectionTo(server, worker);
    client = await clientFor(Number(major) * 10_000);
  });
  afterAll(async () => {
    await server?.stop();
    await worker?.remove();
  });

  it.each(cases)('equals what pg_dump writes of %s', async (_, content, { include, exclude }) => {
    const filters = dumpFilters({
      include: { schemas: [], tables: [], ...include },
      exclude: { schemas: [], tables: [], tableData: [], ...exclude },
    });
    const { inventory, facts } = await dumpAndDecode({
      connection,
      client,
      database: 'shop',
      content,
      filters,
    });
    expect(compareWithInventory(inventory, facts)).toEqual([]);
  });

  it('is empty for an empty database, as the dump is', async () => {
    const wish = { connection, client, database: 'nothing', content: 'All', filters: noFilters } as const;
    const { inventory, facts } = await dumpAndDecode(wish);
    expect(compareWithInventory(inventory, facts)).toEqual([]);
    expect(inventory.tables).toEqual([]);
  });

  it('counts what the snapshot saw, whatever is committed before the dump runs', async () => {
    const wish = { connection, client, database: 'shop', content: 'All', filters: noFilters } as const;
    const before = await server.sql('SELECT count(*) FROM public.audit_log', 'shop');
    const { inventory, facts } = await dumpAndDecode({
      ...wish,
      meanwhile: async () => {
        await server.sql(
          `INSERT INTO public.audit_log (what) SELECT 'late' FROM generate_series(1, 50)`,
          'shop',
        );
        await server.sql('CREATE TABLE public.too_late (); DROP TABLE IF EXISTS public.too_late', 'shop');
      },
    });
    expect(compareWithInventory(inventory, facts)).toEqual([]);
    expect(inventory.tables.find(({ name }) => name === 'audit_log')?.rows).toBe(Number(before));
  });

  it.each([
    ['LATIN1', 'Größe'],
    ['EUC_JP', '日本'],
    ['SQL_ASCII', 'Größe 日本'],
  ])('equals the dump of a database in %s, where names are other bytes', async (encoding, name) => {
    const database = `in ${encoding}`;
    await server.sql(`CREATE DATABASE "${database}" ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`);
    const table = `CREATE TABLE "${name}" (a text); INSERT INTO "${name}" VALUES ('${name}')`;
    await server.sql(`SET client_encoding = 'UTF8'; ${table}`, database);
    const { inventory, facts } = await dumpAndDecode({
      connection,
      client,
      database,
      content: 'All',
      filters: noFilters,
    });
    expect(compareWithInventory(inventory, facts)).toEqual([]);
    expect(inventory).toMatchObject({ encoding, tables: [{ schema: 'public', name, rows: 1 }] });
  });

  it('tells what a restore needs beside the dump', async () => {
    const wish = { connection, client, database: 'shop', content: 'All', filters: noFilters } as const;
    const { inventory } = await dumpAndDecode(wish);
    expect(inventory).toMatchObject({
      database: 'shop',
      owner: 'postgres',
      encoding: 'UTF8',
      collation: { provider: 'libc', collate: 'C.UTF-8', ctype: 'C.UTF-8' },
      largeObjects: 13,
      settings: [{ setting: 'work_mem=8MB' }, { role: 'shop_app', setting: 'search_path=shop, public' }],
      roles: ['Größte Kundin', 'postgres', 'shop_app', 'shop_owner', 'shop_reader'],
      leftOut: [{ what: 'rows of foreign tables', count: 1 }],
    });
    expect(inventory.extensions.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['btree_gist', 'citext', 'hstore', 'pgcrypto', 'plpgsql']),
    );
    expect(inventory.oid).toBeGreaterThan(16_383);
    expect(inventory.sizeBytes).toBeGreaterThan(10_000_000);
  });
});
