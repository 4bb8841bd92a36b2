import { counted } from '../amounts.ts';
import type { IndexFact } from '../inventory.ts';
import type { AuditTable, ForeignKey } from './catalogue.ts';
import { servedBy } from './proposals.ts';
import type { Finding, Remedy } from './finding.ts';
import { createRemedy } from './index-plan.ts';
import type { AuditSubject } from './subject.ts';
import { totalRows } from './subject.ts';
import { isServed, supportsForeignKey } from './supports.ts';

/** Foreign keys whose rows can only be found by reading the whole table. */
export function unindexedForeignKeys(subject: AuditSubject): readonly Finding[] {
  return groupsOf(subject).flatMap(({ table, keys }) => {
    const [first, ...others] = keys;
    const broken = brokenIndex(subject, table, first);
    if (broken?.unusable === 'Building') return [];
    const rows = totalRows(subject, table);
    const finding: Finding = {
      kind: 'ForeignKeyUnindexed',
      table: table.shown,
      ...(broken === undefined ? {} : { index: broken.name }),
      reason: reasonFor({ table, first, others, rows, broken }),
      remedy: remedyFor(subject, { table, key: first, broken }),
      weight: rows ?? 0,
    };
    return [finding];
  });
}

interface Group {
  readonly table: AuditTable;
  /** At least one; all over the same columns, so that one index serves them. */
  readonly keys: readonly [ForeignKey, ...ForeignKey[]];
}

/** The longest first: what is proposed for them may serve the shorter ones. */
function groupsOf(subject: AuditSubject): readonly Group[] {
  const unserved = subject.catalogue.foreignKeys.filter((key) => {
    const table = subject.tableOf(key.table);
    return table !== undefined && !isServed(subject, table, (index) => supportsForeignKey(index, key));
  });
  const groups = Map.groupBy(unserved, (key) =>
    JSON.stringify([key.table, key.isTemporal, ...columnsOf(key).toSorted()]),
  );
  return [...groups.values()]
    .flatMap((keys) => {
      const [first, ...others] = keys;
      const table = first === undefined ? undefined : subject.tableOf(first.table);
      return first === undefined || table === undefined ? [] : [{ table, keys: [first, ...others] } as Group];
    })
    .toSorted((a, b) => b.keys[0].columns.length - a.keys[0].columns.length);
}

function columnsOf(key: ForeignKey): readonly string[] {
  return key.columns.map(({ name }) => name);
}

/** An index that was meant for it, on the live server, and cannot be used there. */
function brokenIndex(subject: AuditSubject, table: AuditTable, key: ForeignKey): IndexFact | undefined {
  const columns = columnsOf(key);
  return subject
    .unusableOf(table)
    .find((fact) => columns.every((name) => fact.columns?.slice(0, columns.length).includes(name)));
}

interface Choice {
  readonly table: AuditTable;
  readonly key: ForeignKey;
  readonly broken: IndexFact | undefined;
}

function remedyFor(subject: AuditSubject, { table, key, broken }: Choice): Remedy {
  if (broken !== undefined) return { do: 'Rebuild', index: broken, isConcurrent: true };
  const proposed = key.isTemporal ? undefined : subject.proposals.leadingWith(table, columnsOf(key));
  if (proposed !== undefined) return servedBy(proposed);
  return createRemedy(subject, { table, columns: key.columns, method: key.isTemporal ? 'gist' : 'btree' });
}

interface Told {
  readonly table: AuditTable;
  readonly first: ForeignKey;
  readonly others: readonly ForeignKey[];
  readonly rows: number | undefined;
  readonly broken: IndexFact | undefined;
}

function reasonFor({ table, first, others, rows, broken }: Told): string {
  const what = `Foreign key ${first.name} (${columnsOf(first).join(', ')}) to ${first.references}`;
  const more =
    others.length === 0 ? '' : `, and ${others.map(({ name }) => name).join(', ')} over the same columns`;
  const why =
    broken === undefined
      ? 'no index begins with its columns'
      : `the index ${broken.name}, which begins with its columns, is invalid`;
  const size = rows === undefined ? '' : ` (${counted(rows, 'row')})`;
  return `${what}${more}: ${why}, so that each delete or key change in ${first.references} reads all of ${table.shown}${size}.`;
}
