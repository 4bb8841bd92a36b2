import { AuditFinding } from '../../api/v1alpha1/backup-drill-checks.ts';
import { bloatedIndexes } from './bloat.ts';
import type { Finding } from './finding.ts';
import { unindexedForeignKeys } from './foreign-keys.ts';
import { invalidIndexes } from './invalid.ts';
import { overlappingIndexes } from './overlaps.ts';
import { missingRequired } from './required.ts';
import type { AuditSubject } from './subject.ts';
import { storedParts } from './subject.ts';
import { unusedIndexes } from './usage.ts';

/**
 * Everything that the indexes of one database lack or have too much of, the kinds in their order, and the heaviest of
 * each kind first. Whoever does all that the findings say loses no index that another finding counts on.
 */
export function auditDatabase(subject: AuditSubject): readonly Finding[] {
  const required = missingRequired(subject);
  const foreignKeys = unindexedForeignKeys(subject);
  const overlaps = overlappingIndexes(subject);
  const unused = unusedIndexes(subject, overlaps);
  const going = goingWith(subject, [...overlaps.findings, ...unused]);
  const findings = [
    ...required,
    ...invalidIndexes(subject),
    ...foreignKeys,
    ...overlaps.findings,
    ...unused,
    ...bloatedIndexes(subject, going),
  ];
  return AuditFinding.options.flatMap((kind) =>
    findings.filter((finding) => finding.kind === kind).toSorted((a, b) => b.weight - a.weight),
  );
}

/** An index that is to go need not be rebuilt first, nor need its parts. */
function goingWith(subject: AuditSubject, findings: readonly Finding[]): ReadonlySet<number> {
  const dropped = new Set(findings.flatMap(({ remedy }) => (remedy.do === 'Drop' ? [remedy.index] : [])));
  const indexes = subject.catalogue.indexes.filter((index) => dropped.has(index));
  return new Set(indexes.flatMap((index) => storedParts(subject, index)).map(({ oid }) => oid));
}
