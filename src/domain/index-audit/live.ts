import type { AuditIndex } from './catalogue.ts';
import type { Remedy } from './finding.ts';
import type { AuditSubject } from './subject.ts';
import { storedParts } from './subject.ts';

/** Whether anybody could miss it but queries: no constraint, foreign key, parent or owner's wish stands behind it. */
export function isDroppable(subject: AuditSubject, index: AuditIndex): boolean {
  const table = subject.tableOf(index.table);
  const isRequired = subject.required.some(
    ({ name, table: wanted }) =>
      name === index.name && wanted.schema === table?.schema && wanted.name === table.name,
  );
  return (
    index.constraint === null &&
    index.parent === null &&
    !index.isMarked &&
    !isReferenced(subject, index) &&
    !isRequired
  );
}

function isReferenced(subject: AuditSubject, index: AuditIndex): boolean {
  const fact = subject.factOf(index);
  return fact === undefined ? index.isTarget : fact.isReferenced === true;
}

/** What it takes on the live server; where that is not known, freshly built. */
export function liveBytes(subject: AuditSubject, index: AuditIndex): number {
  return storedParts(subject, index)
    .map((part) => subject.factOf(part)?.sizeBytes ?? part.sizeBytes)
    .reduce((sum, bytes) => sum + bytes, 0);
}

/** Of all parts; undefined unless the live server told of each. */
export function liveScans(subject: AuditSubject, index: AuditIndex): number | undefined {
  const parts = storedParts(subject, index).map((part) => subject.factOf(part)?.scans);
  return parts.reduce<number | undefined>(
    (sum, scans) => (sum === undefined || scans === undefined ? undefined : sum + scans),
    0,
  );
}

export function dropRemedy(index: AuditIndex): Remedy {
  return { do: 'Drop', index, isPartitioned: index.isPartitioned };
}
