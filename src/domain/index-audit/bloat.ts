import { formatBytes } from '../amounts.ts';
import type { AuditIndex, AuditTable } from './catalogue.ts';
import type { Finding } from './finding.ts';
import { percentLess } from './numbers.ts';
import type { AuditSubject } from './subject.ts';

const leastBytes = 10 * 1024 * 1024;
/** A B-tree under random writes settles at about two thirds full: half as large again is no bloat. */
const leastFactor = 2;

/** Indexes that take far more on the live server than the same index takes when it is built from the same rows. */
export function bloatedIndexes(
  subject: AuditSubject,
  going: { has(oid: number): boolean },
): readonly Finding[] {
  return subject.catalogue.tables
    .filter((table) => hasItsRows(subject, table))
    .flatMap((table) =>
      subject
        .indexesOf(table)
        .filter(({ oid, isPartitioned }) => !isPartitioned && !going.has(oid))
        .map((index) => ({ index, live: subject.factOf(index)?.sizeBytes ?? 0 }))
        .filter(({ index, live }) => live >= leastBytes && live >= leastFactor * index.sizeBytes)
        .map(({ index, live }) => bloated(table, index, live)),
    );
}

/** An index over no rows, because none were saved, is small for no good reason. */
function hasItsRows(subject: AuditSubject, table: AuditTable): boolean {
  if (!subject.hasData) return false;
  return table.kind === 'MaterializedView' ? table.isPopulated : subject.rowsOf(table) !== undefined;
}

function bloated(table: AuditTable, index: AuditIndex, live: number): Finding {
  return {
    kind: 'Bloated',
    table: table.shown,
    index: index.name,
    reason: `It takes ${formatBytes(live)} on the live server and ${formatBytes(index.sizeBytes)} when built from the same rows: rebuilding it gives back ${formatBytes(live - index.sizeBytes)} (${percentLess(live, index.sizeBytes)}).`,
    remedy: { do: 'Rebuild', index, isConcurrent: index.constraint !== 'Exclusion' },
    weight: live - index.sizeBytes,
  };
}
