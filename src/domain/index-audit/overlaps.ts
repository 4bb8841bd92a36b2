import { formatBytes } from '../amounts.ts';
import type { AuditIndex, AuditTable } from './catalogue.ts';
import type { Finding } from './finding.ts';
import { dropRemedy, isDroppable, liveBytes, liveScans } from './live.ts';
import type { AuditSubject } from './subject.ts';

/** What of the indexes can go because another one stays. */
export interface Overlaps {
  readonly findings: readonly Finding[];
  /** By oid. */
  readonly going: ReadonlySet<number>;
  /** Those on which the others lean: they must not go for another reason. */
  readonly staying: ReadonlySet<number>;
}

interface Tally {
  readonly findings: Finding[];
  readonly going: Set<number>;
  readonly staying: Set<number>;
}

/** Indexes that another index of the same table makes superfluous. Of a pair at most one is ever proposed to go. */
export function overlappingIndexes(subject: AuditSubject): Overlaps {
  const tally: Tally = { findings: [], going: new Set(), staying: new Set() };
  for (const table of subject.catalogue.tables) {
    const indexes = subject.indexesOf(table).filter(({ isValid }) => isValid);
    findDuplicates(subject, { table, indexes }, tally);
    findPrefixes(subject, { table, indexes }, tally);
  }
  return tally;
}

interface OfTable {
  readonly table: AuditTable;
  readonly indexes: readonly AuditIndex[];
}

function findDuplicates(subject: AuditSubject, { table, indexes }: OfTable, tally: Tally): void {
  for (const alike of Map.groupBy(indexes, signature).values()) {
    const [kept, ...others] = alike.toSorted((a, b) => preference(subject, a, b));
    if (kept === undefined) continue;
    for (const index of others.filter((other) => isDroppable(subject, other))) {
      const size = liveBytes(subject, index);
      const reason = `It is the same as ${kept.name} in columns, order, operator classes, condition and uniqueness, and takes ${formatBytes(size)} again.`;
      record(tally, { kind: 'Duplicate', table, index, kept, size, reason });
    }
  }
}

/** The longest first, so that what a shorter one leans on is decided already. */
function findPrefixes(subject: AuditSubject, { table, indexes }: OfTable, tally: Tally): void {
  const span = ({ keys, included }: AuditIndex): number => keys.length * 1000 + included.length;
  const shortestLast = indexes.toSorted((a, b) => span(b) - span(a) || (a.name < b.name ? -1 : 1));
  for (const index of shortestLast) {
    if (tally.going.has(index.oid) || tally.staying.has(index.oid) || !isDroppable(subject, index)) continue;
    const [kept] = shortestLast
      .filter((other) => other.oid !== index.oid && !tally.going.has(other.oid) && covers(other, index))
      .toSorted((a, b) => liveBytes(subject, a) - liveBytes(subject, b) || (a.name < b.name ? -1 : 1));
    if (kept === undefined) continue;
    const size = liveBytes(subject, index);
    const how =
      kept.keys.length === index.keys.length
        ? `It has the columns of ${kept.name}${kept.uniqueness === null ? '' : ', which is unique'}`
        : `Its ${columnsWord(index)} the first of ${kept.name}`;
    const reason = `${how} (${formatBytes(liveBytes(subject, kept))}), and that one serves every query that this one (${formatBytes(size)}) does.`;
    record(tally, { kind: 'Redundant', table, index, kept, size, reason });
  }
}

function columnsWord({ keys }: AuditIndex): string {
  return keys.length === 1 ? 'column is' : `${String(keys.length)} columns are`;
}

interface Superfluous {
  readonly kind: 'Duplicate' | 'Redundant';
  readonly table: AuditTable;
  readonly index: AuditIndex;
  readonly kept: AuditIndex;
  readonly size: number;
  readonly reason: string;
}

function record(tally: Tally, { kind, table, index, kept, size, reason }: Superfluous): void {
  tally.going.add(index.oid);
  tally.staying.add(kept.oid);
  const remedy = dropRemedy(index);
  tally.findings.push({ kind, table: table.shown, index: index.name, reason, remedy, weight: size });
}

/** Two indexes of one table with the same signature do the same. */
function signature({ method, keys, included, predicate, uniqueness }: AuditIndex): string {
  const signs = keys.map(({ sign }) => sign);
  return JSON.stringify([method, signs, included.toSorted(), predicate, uniqueness]);
}

/** Whether `wide` serves all that `narrow` does. A unique index does something that no other index does. */
function covers(wide: AuditIndex, narrow: AuditIndex): boolean {
  if (wide.method !== 'btree' || narrow.method !== 'btree' || narrow.uniqueness !== null) return false;
  if (wide.predicate !== narrow.predicate) return false;
  const columns = [...wide.keys.map(({ column }) => column), ...wide.included];
  return (
    narrow.keys.every(({ sign }, at) => wide.keys[at]?.sign === sign) &&
    narrow.included.every((column) => columns.includes(column))
  );
}

/** First what cannot go, then what is used most. */
function preference(subject: AuditSubject, a: AuditIndex, b: AuditIndex): number {
  const fixed = Number(isDroppable(subject, a)) - Number(isDroppable(subject, b));
  if (fixed !== 0) return fixed;
  const used = (liveScans(subject, b) ?? 0) - (liveScans(subject, a) ?? 0);
  return used === 0 ? (a.name < b.name ? -1 : 1) : used;
}
