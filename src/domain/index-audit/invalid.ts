import { counted, formatBytes } from '../amounts.ts';
import type { IndexFact } from '../inventory.ts';
import type { AuditIndex, AuditTable } from './catalogue.ts';
import type { Finding, IndexPlan } from './finding.ts';
import type { AuditSubject } from './subject.ts';
import { allPartitions } from './subject.ts';

/** Indexes that the live server keeps up to date and cannot use, and partitioned ones that lack a part. */
export function invalidIndexes(subject: AuditSubject): readonly Finding[] {
  const broken = (subject.facts?.indexes ?? []).filter(({ unusable }) => unusable === 'Invalid');
  return [...broken.map((fact) => brokenIndex(subject, fact)), ...incompleteIndexes(subject)];
}

/** REINDEX CONCURRENTLY leaves what it made under such a name when it is cut short; the index itself is sound. */
const leftover = /_cc(new|old)\d*$/;

function brokenIndex(subject: AuditSubject, fact: IndexFact): Finding {
  const { schema, table, name, sizeBytes } = fact;
  const isLeftover = leftover.test(name);
  const from = isLeftover ? 'REINDEX' : 'CREATE INDEX';
  return {
    kind: 'Invalid',
    table: subject.tableNamed({ schema, name: table })?.shown ?? `${schema}.${table}`,
    index: name,
    reason: `It is invalid on the live server, as an interrupted ${from} CONCURRENTLY leaves it: no query uses it, every write pays for it, it takes ${formatBytes(sizeBytes)}, and no backup holds it.`,
    remedy: isLeftover
      ? { do: 'Drop', index: fact, isPartitioned: false }
      : { do: 'Rebuild', index: fact, isConcurrent: true },
    weight: sizeBytes,
  };
}

/** Above a foreign table one is valid on the live server and not in a copy: of those nothing can be said. */
function incompleteIndexes(subject: AuditSubject): readonly Finding[] {
  return subject.catalogue.indexes
    .filter((index) => index.isPartitioned && !index.isValid && index.parent === null)
    .flatMap((index) => {
      const table = subject.tableOf(index.table);
      if (table === undefined || allPartitions(subject, table).some(({ kind }) => kind === 'Foreign'))
        return [];
      const plan = planFor({ subject, columns: columnsOf(index) }, table, index);
      const missing = toMake(plan);
      return missing.length === 0 ? [] : [incomplete(table, index, { plan, missing })];
    });
}

interface Completion {
  readonly plan: IndexPlan;
  readonly missing: readonly IndexPlan[];
}

function incomplete(table: AuditTable, index: AuditIndex, { plan, missing }: Completion): Finding {
  const shown = missing.slice(0, 3).map(({ table: { name } }) => name);
  const more = missing.length > shown.length ? ` and ${String(missing.length - shown.length)} more` : '';
  return {
    kind: 'Invalid',
    table: table.shown,
    index: index.name,
    reason: `It is invalid, because ${counted(missing.length, 'partition of the table has', 'partitions of the table have')} no part of it: ${shown.join(', ')}${more}.`,
    remedy:
      index.constraint === null
        ? {
            do: 'Create',
            isUnique: index.uniqueness !== null,
            definition: index.definition,
            plans: [plan],
          }
        : { do: 'Nothing', because: 'it belongs to a constraint: add the constraint to those partitions' },
    weight: missing.length,
  };
}

interface Completing {
  readonly subject: AuditSubject;
  readonly columns: readonly string[];
}

/** A partition whose part is invalid on the live server is told of by itself. */
function planFor(completing: Completing, table: AuditTable, index: AuditIndex | undefined): IndexPlan {
  const { subject, columns } = completing;
  const partitions = subject.partitionsOf(table).filter((part) => subject.unusableOf(part).length === 0);
  return {
    table,
    name: index?.name ?? subject.names.next(table, columns),
    isPartitioned: table.kind === 'Partitioned',
    is: index === undefined ? 'Absent' : 'Attached',
    parts: partitions.map((part) =>
      planFor(
        completing,
        part,
        subject.indexesOf(part).find(({ parent }) => index !== undefined && parent === index.oid),
      ),
    ),
  };
}

function columnsOf({ keys }: AuditIndex): readonly string[] {
  return keys.map(({ column }) => column ?? 'expr');
}

function toMake(plan: IndexPlan): readonly IndexPlan[] {
  return [...(plan.is === 'Absent' ? [plan] : []), ...plan.parts.flatMap(toMake)];
}
