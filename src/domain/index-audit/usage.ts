import { formatBytes, formatSeconds } from '../amounts.ts';
import { elapsedSeconds } from '../instant.ts';
import type { AuditIndex, AuditTable } from './catalogue.ts';
import type { Finding } from './finding.ts';
import { dropRemedy, isDroppable, liveBytes, liveScans } from './live.ts';
import type { Overlaps } from './overlaps.ts';
import type { AuditSubject } from './subject.ts';
import { lineage } from './subject.ts';
import { beginsWith, supportsForeignKey } from './supports.ts';

/** An index that a monthly or weekly query needs is not unused after a few days. */
const leastSeconds = 7 * 86_400;
/** A smaller one costs next to nothing, and on a small table the planner is right not to use it. */
const leastBytes = 1024 * 1024;

/** Indexes that no query on the live server has used for as long as it counts. */
export function unusedIndexes(subject: AuditSubject, overlaps: Overlaps): readonly Finding[] {
  const { facts } = subject;
  const seconds = facts?.since === undefined ? 0 : elapsedSeconds(facts.since, subject.snapshotTime);
  if (facts === undefined || seconds < leastSeconds) return [];
  const where = facts.inRecovery
    ? 'on the standby that was asked; the primary and other standbys count for themselves'
    : 'on this server; standbys count for themselves';
  return subject.catalogue.tables.flatMap((table) =>
    subject
      .indexesOf(table)
      .filter((index) => !overlaps.going.has(index.oid) && !overlaps.staying.has(index.oid))
      .filter((index) => mayGo(subject, table, index) && liveScans(subject, index) === 0)
      .map((index) => ({ index, size: liveBytes(subject, index) }))
      .filter(({ size }) => size >= leastBytes)
      .map(({ index, size }) => ({
        kind: 'Unused',
        table: table.shown,
        index: index.name,
        reason: `No scan in the ${formatSeconds(seconds)} that statistics cover (${where}), while it takes ${formatBytes(size)} and slows every write; an index made since then may only look unused.`,
        remedy: dropRemedy(index),
        weight: size,
      })),
  );
}

function mayGo(subject: AuditSubject, table: AuditTable, index: AuditIndex): boolean {
  if (index.uniqueness !== null || !isDroppable(subject, index)) return false;
  const tables = lineage(subject, table).map(({ oid }) => oid);
  const keys = subject.catalogue.foreignKeys.filter((key) => tables.includes(key.table));
  const wishes = subject.required.filter((one) => tables.includes(subject.tableNamed(one.table)?.oid ?? 0));
  return (
    !keys.some((key) => supportsForeignKey(index, key)) &&
    !wishes.some(({ columns }) => columns.length > 0 && beginsWith(index, columns))
  );
}
