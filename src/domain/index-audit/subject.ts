import type { IndexFact, IndexFacts, Inventory } from '../inventory.ts';
import type { AuditIndex, AuditTable, IndexCatalogue, RelationName } from './catalogue.ts';
import type { IndexNames } from './index-names.ts';
import { indexNames } from './index-names.ts';
import type { Proposals } from './proposals.ts';
import { noProposals } from './proposals.ts';
import { keyOf } from './relation-key.ts';

/** An index that one entry of spec.audit.required asks for. */
export interface RequiredIndex {
  readonly table: RelationName;
  /** Empty: any, if the name is right. */
  readonly columns: readonly string[];
  /** Absent: any. */
  readonly name?: string | undefined;
}

/** Everything that the rules of the audit read about one database. */
export interface AuditSubject {
  readonly catalogue: IndexCatalogue;
  /** What the live server knew; absent in runs that did not ask it. */
  readonly facts: IndexFacts | undefined;
  /** When it was asked, RFC 3339. */
  readonly snapshotTime: string;
  /** False: the run holds definitions only, so that sizes and rows say nothing. */
  readonly hasData: boolean;
  readonly required: readonly RequiredIndex[];
  readonly names: IndexNames;
  /** Indexes that findings made so far would have made. */
  readonly proposals: Proposals;
  /** Rows in the run; undefined for a table whose rows were not saved. */
  rowsOf(table: RelationName): number | undefined;
  tableOf(oid: number): AuditTable | undefined;
  tableNamed(name: RelationName): AuditTable | undefined;
  indexesOf(table: AuditTable): readonly AuditIndex[];
  partitionsOf(table: AuditTable): readonly AuditTable[];
  /** Indexes attached to a partitioned one. */
  partsOf(index: AuditIndex): readonly AuditIndex[];
  factOf(index: RelationName): IndexFact | undefined;
  /** Indexes of a table that the live server has and cannot use, or not yet. */
  unusableOf(table: RelationName): readonly IndexFact[];
}

export interface SubjectSources {
  readonly catalogue: IndexCatalogue;
  readonly inventory: Pick<Inventory, 'indexes' | 'snapshotTime' | 'tables'>;
  readonly hasData: boolean;
  readonly required: readonly RequiredIndex[];
}

/** Groups everything once, so that the rules can look up as often as they like. */
export function auditSubject({ catalogue, inventory, hasData, required }: SubjectSources): AuditSubject {
  const facts = inventory.indexes;
  const known = facts?.indexes ?? [];
  const rows = new Map(inventory.tables.map((table) => [keyOf(table), table.rows]));
  const tables = new Map(catalogue.tables.map((table) => [table.oid, table]));
  const named = new Map(catalogue.tables.map((table) => [keyOf(table), table]));
  const factsByName = new Map(known.map((fact) => [keyOf(fact), fact]));
  const indexes = grouped(catalogue.indexes, ({ table }) => table);
  const partitions = grouped(catalogue.tables, ({ parent }) => parent);
  const parts = grouped(catalogue.indexes, ({ parent }) => parent);
  const unusable = grouped(
    known.filter((fact) => fact.unusable !== undefined),
    ({ schema, table }) => keyOf({ schema, name: table }),
  );
  return {
    catalogue,
    facts,
    hasData,
    required,
    snapshotTime: inventory.snapshotTime,
    names: indexNames([...catalogue.relations, ...known]),
    proposals: noProposals(),
    rowsOf: (table) => rows.get(keyOf(table)),
    tableOf: (oid) => tables.get(oid),
    tableNamed: (name) => named.get(keyOf(name)),
    indexesOf: ({ oid }) => indexes(oid),
    partitionsOf: ({ oid }) => partitions(oid),
    partsOf: ({ oid }) => parts(oid),
    factOf: (index) => factsByName.get(keyOf(index)),
    unusableOf: (table) => unusable(keyOf(table)),
  };
}

function grouped<Item, Key>(items: readonly Item[], by: (item: Item) => Key): (key: Key) => readonly Item[] {
  const groups = Map.groupBy(items, by);
  return (key) => groups.get(key) ?? [];
}

/** Of the table and, for a partitioned one, of all its partitions; undefined where none were saved. */
export function totalRows(subject: AuditSubject, table: AuditTable): number | undefined {
  const counts = [table, ...allPartitions(subject, table)]
    .map((part) => subject.rowsOf(part))
    .filter((rows) => rows !== undefined);
  return counts.length === 0 ? undefined : counts.reduce((sum, rows) => sum + rows, 0);
}

/** The table, and the tables that it is a partition of. */
export function lineage(subject: AuditSubject, table: AuditTable): readonly AuditTable[] {
  const parent = table.parent === null ? undefined : subject.tableOf(table.parent);
  return parent === undefined ? [table] : [table, ...lineage(subject, parent)];
}

export function allPartitions(subject: AuditSubject, table: AuditTable): readonly AuditTable[] {
  return subject.partitionsOf(table).flatMap((part) => [part, ...allPartitions(subject, part)]);
}

/** The index itself, or the parts of a partitioned one: where the bytes are, and where scans are counted. */
export function storedParts(subject: AuditSubject, index: AuditIndex): readonly AuditIndex[] {
  if (!index.isPartitioned) return [index];
  return subject.partsOf(index).flatMap((part) => storedParts(subject, part));
}
