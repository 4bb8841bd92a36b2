import type { AuditTable, Column } from './catalogue.ts';
import type { IndexPlan, Remedy } from './finding.ts';
import type { AuditSubject } from './subject.ts';
import { allPartitions } from './subject.ts';

export interface WantedIndex {
  readonly table: AuditTable;
  readonly columns: readonly Column[];
  readonly method: 'btree' | 'gist';
}

/** Makes an index, on a partitioned table partition by partition, since nothing else leaves writers alone there. */
export function createRemedy(
  subject: AuditSubject,
  wanted: WantedIndex,
  wish: { readonly name?: string | undefined } = {},
): Remedy & { readonly do: 'Create' } {
  const { table, columns, method } = wanted;
  const definition = `USING ${method} (${columns.map(({ quoted }) => quoted).join(', ')})`;
  const names = columns.map(({ name }) => name);
  const making = { subject, definition, names };
  const plans = plansFor(making, table, wish.name);
  if (method === 'btree') subject.proposals.add(table, names, plans[0]?.name ?? '');
  return { do: 'Create', isUnique: false, definition, plans };
}

interface Making {
  readonly subject: AuditSubject;
  readonly definition: string;
  readonly names: readonly string[];
}

/** Foreign tables have no indexes, and above one of them no partitioned index ever becomes valid. */
function plansFor(making: Making, table: AuditTable, name: string | undefined): readonly IndexPlan[] {
  const parts = allPartitions(making.subject, table);
  if (!parts.some(({ kind }) => kind === 'Foreign')) return [planFor(making, table, name)];
  return parts.filter(({ kind }) => kind === 'Table').map((part) => planFor(making, part, undefined));
}

function planFor(making: Making, table: AuditTable, name: string | undefined): IndexPlan {
  const { subject, names } = making;
  const own = ownIndex(making, table);
  if (own !== undefined) return { table, name: own, isPartitioned: false, is: 'Present', parts: [] };
  return {
    table,
    name: name ?? subject.names.next(table, names),
    isPartitioned: table.kind === 'Partitioned',
    is: 'Absent',
    parts: subject.partitionsOf(table).map((part) => planFor(making, part, undefined)),
  };
}

/** A partition may have had the index before anybody thought of the others. */
function ownIndex({ subject, definition }: Making, table: AuditTable): string | undefined {
  if (table.parent === null || table.kind !== 'Table') return undefined;
  return subject
    .indexesOf(table)
    .find(
      (index) =>
        index.isValid &&
        index.uniqueness === null &&
        index.parent === null &&
        index.definition === definition,
    )?.name;
}
