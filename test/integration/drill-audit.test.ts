import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackupDrillSpec } from '../../src/api/v1alpha1/backup-drill.ts';
import type { EvidenceFinding } from '../../src/domain/evidence.ts';
import type { Inventory } from '../../src/domain/inventory.ts';
import { openInventory } from '../../src/postgres/inventory.ts';
import { openSnapshot } from '../../src/postgres/snapshot.ts';
import { auditIndexes } from '../../src/worker/drill/audit.ts';
import type { RestoredRun } from '../../src/worker/drill/restored.ts';
import type { AuditCase } from './audit/cases.ts';
import { foreignKeyCases, otherCases, overlapCases } from './audit/cases.ts';
import type { Restored } from './drill-checks-rig.ts';
import { restore } from './drill-checks-rig.ts';
import { noFilters } from './servers/dumped.ts';
import type { PostgresServer } from './servers/postgres-server.ts';

const cases = [...foreignKeyCases, ...overlapCases, ...otherCases];
const quoted = ({ schema }: AuditCase): string => `"${schema.replaceAll('"', '""')}"`;
const inSchema = (one: AuditCase, text: string): string => text.replaceAll(/\bS\./g, () => `${quoted(one)}.`);

/** Statistics that are old enough to call an index unused. */
const longAgo = '2000-01-01T00:00:00.000Z';
const required = cases.flatMap((one) =>
  (one.required ?? []).map(
    (entry) => JSON.parse(JSON.stringify(entry).replace('S.', `${one.schema}.`)) as object,
  ),
);

async function fill(source: PostgresServer): Promise<void> {
  for (const one of cases) {
    const begin = `BEGIN; CREATE SCHEMA ${quoted(one)}; SET LOCAL search_path = ${quoted(one)};`;
    await source.sql(`${begin} ${one.sql} COMMIT;`, 'shop');
    if (one.breaks !== undefined) await source.sql(inSchema(one, one.breaks), 'shop').catch(() => undefined);
  }
}

function withAudit(run: RestoredRun, audit: object, facts: Partial<Inventory['indexes']> = {}): RestoredRun {
  return {
    ...run,
    spec: BackupDrillSpec.parse({ source: { backupRef: { name: 'shop' } }, audit }),
    databases: run.databases.map((database) => {
      const { indexes } = database.inventory;
      if (indexes === undefined) throw new Error('the backup noted nothing of the indexes');
      return { ...database, inventory: { ...database.inventory, indexes: { ...indexes, ...facts } } };
    }),
  };
}

/** The source as it is now, taken for a restored copy of itself. */
async function liveRun(run: RestoredRun): Promise<RestoredRun> {
  const snapshot = await openSnapshot(run.connection, 'origin');
  const wish = {
    connection: run.connection,
    content: 'All',
    filters: noFilters,
    lockWaitSeconds: 5,
  } as const;
  const open = await openInventory({ ...wish, snapshot, clientMajor: run.client.major });
  try {
    return { ...run, databases: [{ name: 'origin', dumpPath: '', inventory: await open.count() }] };
  } finally {
    await open.close();
    await snapshot.close();
  }
}

const brief = ({ finding, index, sql }: EvidenceFinding) => [finding, index, sql];

describe.each(['14', '18'] as const)('the index audit of PostgreSQL %s', (major) => {
  let restored: Restored;
  let found: EvidenceFinding[];
  beforeAll(async () => {
    restored = await restore(major, { fill, source: { settings: { allow_system_table_mods: 'on' } } });
    found = await auditIndexes(withAudit(restored.run, { required }, { since: longAgo }));
  });
  afterAll(() => restored?.remove());

  const about = (one: AuditCase): EvidenceFinding[] =>
    found.filter(({ table }) => table.startsWith(`${one.schema}.`) || table.startsWith(`${quoted(one)}.`));

  it.each(cases)('of $it', (one) => {
    const wanted = (one.finds ?? []).map(([kind, index, sql]) => [kind, index, inSchema(one, sql)]);
    const sorted = (list: unknown[][]) => list.map((row) => JSON.stringify(row)).toSorted();
    expect(sorted(about(one).map(brief))).toEqual(sorted(wanted));
  });

  it('says nothing about anything else', () => {
    expect(found.filter((finding) => !cases.some((one) => about(one).includes(finding)))).toEqual([]);
  });

  it('gives SQL that runs on the live server, after which there is nothing left to find', async () => {
    for (const one of cases) {
      if (one.repairs !== undefined) await restored.source.sql(inSchema(one, one.repairs), 'origin');
    }
    for (const { sql } of found) await restored.source.sql(sql, 'origin');
    const left = await auditIndexes(withAudit(await liveRun(restored.run), { required }, { since: longAgo }));
    expect(left.map(brief)).toEqual([
      ['RequiredMissing', undefined, '-- required.t has no column zip'],
      ['RequiredMissing', 'nowhere', '-- spec.audit.required gives no columns to make the index from'],
      // Of the two that nobody used one is gone, and the other no longer has to stand in for it.
      ['Unused', 'two', 'DROP INDEX CONCURRENTLY "unused_pair"."two";'],
    ]);
  });

  it('keeps names that it makes within the 63 bytes of PostgreSQL', () => {
    const names = found.flatMap(({ sql }) =>
      [...sql.matchAll(/CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?"((?:[^"]|"")+)"/g)].map(([, name = '']) =>
        Buffer.byteLength(name.replaceAll('""', '"')),
      ),
    );
    expect(names.length).toBeGreaterThan(20);
    expect(Math.max(...names)).toBeLessThanOrEqual(63);
  });

  it('gives the numbers that each finding rests on', () => {
    const reason = (index: string) => found.find((one) => one.index === index)?.reason;
    expect(reason('broken')).toMatch(/^It is invalid on the live server, .* it takes \d/);
    expect(reason('full_of_air')).toMatch(
      /^It takes 16 MiB on the live server and 1\.2 MiB when built .* gives back 15 MiB \(92 %\)\.$/,
    );
    expect(reason('idle')).toMatch(
      /^No scan in the \d+ d that statistics cover \(on this server; .* 3\.\d MiB/,
    );
    expect(
      found.find(({ index, finding }) => finding === 'ForeignKeyUnindexed' && index === 'broken')?.reason,
    ).toBe(
      'Foreign key child_p_fkey (p) to fk_invalid.parent: the index broken, which begins with its columns, is invalid, so that each delete or key change in fk_invalid.parent reads all of fk_invalid.child (2 rows).',
    );
  });

  it('calls nothing unused that statistics of a few days, or none, speak of', async () => {
    const unused = async (facts: Partial<Inventory['indexes']>): Promise<unknown[]> => {
      const all = await auditIndexes(withAudit(restored.run, {}, facts));
      return all.filter(({ finding }) => finding === 'Unused');
    };
    const { snapshotTime } = restored.run.databases[0]!.inventory;
    const daysBefore = (days: number) => new Date(Date.parse(snapshotTime) - days * 86_400_000).toISOString();
    expect(await unused({ since: daysBefore(6.9) })).toEqual([]);
    expect(await unused({ indexes: [], since: longAgo })).toEqual([]);
    const [first] = (await unused({ since: daysBefore(7.1), inRecovery: true })) as EvidenceFinding[];
    expect(first?.reason).toContain('on the standby that was asked; the primary');
  });

  it('looks into every database, and says when a required table is in none', async () => {
    const { databases } = await liveRun(restored.run);
    const both = { ...restored.run, databases: [...restored.run.databases, ...databases] };
    const audit = {
      required: [
        { table: 'nowhere.t', columns: ['a'] },
        { table: 'required.t', columns: ['zip'] },
      ],
      failOn: ['RequiredMissing'],
    };
    const all = await auditIndexes(withAudit(both, audit));
    expect(
      all.filter(({ failsDrill }) => failsDrill).map((one) => [one.database, one.table, one.reason]),
    ).toEqual([
      [
        'origin',
        'nowhere.t',
        'The spec asks for an index of nowhere.t, which is not a table in any database of the run.',
      ],
      ['shop', 'required.t', expect.stringContaining('that begins with (zip)')],
      ['origin', 'required.t', expect.stringContaining('that begins with (zip)')],
    ]);
    expect(all.filter(({ finding, failsDrill }) => finding !== 'RequiredMissing' && failsDrill)).toEqual([]);
    expect(new Set(all.map(({ database }) => database))).toEqual(new Set(['origin', 'shop']));
  });
});

const onePlainTable = `CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES parent);
  INSERT INTO child SELECT generate_series(1, 40000); CREATE INDEX ON child (p, id);
  CREATE INDEX other ON child (repeat(md5(id::text), 15));`;

describe('a run without some of the rows', () => {
  it.each([
    ['SchemaOnly', noFilters],
    ['All', { ...noFilters, excludeTableData: [{ schema: 'public', name: 'child' }] }],
  ] as const)('is audited for what its definitions tell: %s', async (content, filters) => {
    const restored = await restore('18', {
      fill: (source) => source.sql(onePlainTable, 'shop').then(() => undefined),
      content,
      filters,
    });
    try {
      const found = await auditIndexes(withAudit(restored.run, {}, { since: longAgo }));
      expect(found.map(({ finding, index }) => [finding, index])).toEqual([['Unused', 'other']]);
      expect(found[0]?.reason).toContain('takes 24 MiB');
    } finally {
      await restored.remove();
    }
  });
});

it('a run of a version that noted nothing of the indexes is audited without it', async () => {
  const restored = await restore('18', {
    fill: (source) =>
      source
        .sql('CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a); CREATE INDEX j ON t (a)', 'shop')
        .then(() => undefined),
  });
  try {
    const databases = restored.run.databases.map((database) => {
      const { indexes, ...inventory } = database.inventory;
      expect(indexes).toBeDefined();
      return { ...database, inventory };
    });
    const found = await auditIndexes({ ...restored.run, databases });
    expect(found.map(({ finding, index }) => [finding, index])).toEqual([['Duplicate', 'j']]);
  } finally {
    await restored.remove();
  }
});
