import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverMajors } from '../../scripts/tools/postgres.ts';
import type { EvidenceCheck } from '../../src/domain/evidence.ts';
import { dumpFilters } from '../../src/postgres/selection.ts';
import { missingRowControl, runChecks } from '../../src/worker/drill/checks.ts';
import type { Restored } from './drill-checks-rig.ts';
import { complaints, restore } from './drill-checks-rig.ts';

const demoData = join(import.meta.dirname, '../../demo/data/interesting.sql');
const oddObjects = join(import.meta.dirname, 'servers/odd-objects.sql');
const awkwardObjects = join(import.meta.dirname, 'servers/awkward-definitions.sql');

const find = (checks: readonly EvidenceCheck[], id: EvidenceCheck['id']): EvidenceCheck | undefined =>
  checks.find((check) => check.id === id);

describe.each(serverMajors)('a sound copy of PostgreSQL %s', (major) => {
  let restored: Restored;
  beforeAll(async () => {
    restored = await restore(major, {
      source: { settings: { timezone: 'America/New_York' } },
      target: { settings: { timezone: 'UTC', wal_level: 'minimal', max_wal_senders: '0' } },
      fill: async (source) => {
        await source.run(demoData, 'shop');
        await source.run(oddObjects, 'shop');
        // A table that was given to an extension is not restored: the extension does not bring it.
        await source.sql(
          `UPDATE pg_extension SET extconfig = NULL, extcondition = NULL WHERE extname = 'hstore';
           ALTER EXTENSION hstore DROP TABLE conf`,
          'shop',
        );
        await source.run(awkwardObjects, 'shop');
      },
    });
  });
  afterAll(() => restored?.remove());

  it('passes every check, and a missing row is found in it', async () => {
    expect(restored.words).toBe('');
    const spec = {
      assertions: [
        { name: 'customers', sql: 'SELECT count(*) FROM shop.customer;', expect: { equals: '503' } },
      ],
    };
    const { checks, tables } = await runChecks(restored.withSpec(spec));
    expect(complaints(checks)).toEqual([]);
    expect(checks.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'Rows Passed',
      'LargeObjects Passed',
      'Schema Passed',
      'Extensions Passed',
      'Indexes Passed',
      'Amcheck Passed',
      'Constraints Passed',
      'Triggers Passed',
      'Sequences Passed',
      'Write Passed',
      'Assertion Passed',
    ]);
    expect(find(checks, 'Schema')?.detail).toMatch(/in other words that mean the same$/);
    expect(tables.every(({ expectedRows, restoredRows }) => expectedRows === restoredRows)).toBe(true);
    expect(await missingRowControl(restored.run)).toMatchObject({ outcome: 'Caught' });
  });

  it('is as it was when the checks are through', async () => {
    const before = await stateOf(restored);
    const { checks } = await runChecks(
      restored.withSpec({ assertions: [{ name: 'any', sql: 'SELECT 1', expect: { rows: 1 } }] }),
    );
    await missingRowControl(restored.run);
    expect(complaints(checks)).toEqual([]);
    expect(await stateOf(restored)).toBe(before);
  });
});

/** What checks could leave behind. */
function stateOf({ server }: Restored): Promise<string> {
  return server.sql(
    `SELECT string_agg(t, ',' ORDER BY t) FROM (
       SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_temp' UNION ALL SELECT extname FROM pg_extension
       UNION ALL SELECT rolname FROM pg_roles UNION ALL SELECT relname || '' FROM pg_class
       UNION ALL SELECT 'audit' || count(*) FROM public.audit_log) AS x(t)`,
    'shop',
  );
}

const parts: readonly (readonly [string, Parameters<typeof dumpFilters>[0]])[] = [
  [
    'of one schema',
    { include: { schemas: ['whole'], tables: [] }, exclude: { schemas: [], tables: [], tableData: [] } },
  ],
  [
    'of two tables',
    {
      include: { schemas: [], tables: ['whole.a', 'whole.b'] },
      exclude: { schemas: [], tables: [], tableData: [] },
    },
  ],
  [
    'without the rows of a table',
    { include: { schemas: [], tables: [] }, exclude: { schemas: [], tables: [], tableData: ['whole.b'] } },
  ],
  [
    'without a schema',
    { include: { schemas: [], tables: [] }, exclude: { schemas: ['other'], tables: [], tableData: [] } },
  ],
];

describe('a sound copy of a part of a database', () => {
  it.each(parts)('passes every check: one %s', async (_, selection) => {
    const copy = await restore('17', {
      filters: dumpFilters(selection),
      fill: (source) =>
        source.sql(
          `CREATE SCHEMA whole; CREATE SCHEMA other; CREATE EXTENSION citext;
           CREATE TABLE whole.a (id serial PRIMARY KEY, name citext);
           CREATE TABLE whole.b (id int REFERENCES whole.a, at timestamptz);
           CREATE TABLE other.c (id int); INSERT INTO other.c VALUES (1);
           INSERT INTO whole.a (name) VALUES ('x'), ('y'); INSERT INTO whole.b VALUES (1, now())`,
          'shop',
        ),
      prepare: 'CREATE SCHEMA IF NOT EXISTS whole; CREATE EXTENSION IF NOT EXISTS citext',
    });
    try {
      const { checks } = await runChecks(copy.run);
      expect(complaints(checks)).toEqual([]);
      expect(find(checks, 'Rows')?.outcome).toBe('Passed');
    } finally {
      await copy.remove();
    }
  });

  it('of its definitions alone has no rows to check', async () => {
    const copy = await restore('15', {
      content: 'SchemaOnly',
      fill: (source) => source.run(demoData, 'shop'),
    });
    try {
      const { checks } = await runChecks(copy.run);
      expect(complaints(checks)).toEqual([]);
      expect(find(checks, 'Rows')?.outcome).toBe('NotChecked');
      expect(await missingRowControl(copy.run)).toMatchObject({ outcome: 'NotApplicable' });
    } finally {
      await copy.remove();
    }
  });
});

it('a source with another superuser, backslashes in strings and quotes everywhere has a sound copy', async () => {
  const copy = await restore('16', {
    source: {
      settings: { quote_all_identifiers: 'on', standard_conforming_strings: 'off', datestyle: 'German' },
    },
    target: {},
    fill: async (source) => {
      await source.sql(
        `CREATE ROLE helper SUPERUSER; SET SESSION AUTHORIZATION helper; ALTER ROLE postgres RENAME TO admin;
         CREATE ROLE postgres SUPERUSER LOGIN PASSWORD '${source.password}'`,
      );
      await source.run(awkwardObjects, 'shop');
    },
  });
  try {
    const { checks } = await runChecks(copy.run);
    expect(complaints(checks)).toEqual([]);
  } finally {
    await copy.remove();
  }
});
