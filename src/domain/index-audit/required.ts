import type { DrillAudit } from '../../api/v1alpha1/backup-drill-checks.ts';
import { parseQualifiedName } from '../../api/v1alpha1/qualified-name.ts';
import type { IndexFact } from '../inventory.ts';
import type { AuditIndex, AuditTable } from './catalogue.ts';
import type { Finding, Remedy } from './finding.ts';
import { createRemedy } from './index-plan.ts';
import { keyOf } from './relation-key.ts';
import { servedBy } from './proposals.ts';
import type { AuditSubject, RequiredIndex } from './subject.ts';
import { totalRows } from './subject.ts';
import { beginsWith, isServed } from './supports.ts';

/** The spec's entries with their names as the catalogue has them; the schema has seen to it that they can be read. */
export function requiredIndexes({ required }: Pick<DrillAudit, 'required'>): readonly RequiredIndex[] {
  return required.map(({ table, columns, name }) => {
    const parsed = parseQualifiedName(table);
    return { table: { schema: parsed?.schema ?? '', name: parsed?.name ?? '' }, columns, name };
  });
}

/** Required indexes of the tables of this database that are not there. */
export function missingRequired(subject: AuditSubject): readonly Finding[] {
  return subject.required
    .toSorted((a, b) => b.columns.length - a.columns.length)
    .flatMap((wanted) => {
      const table = subject.tableNamed(wanted.table);
      if (table === undefined || isThere(subject, table, wanted)) return [];
      const broken = brokenIndex(subject, table, wanted);
      return broken?.unusable === 'Building' ? [] : [missing(subject, { table, wanted, broken })];
    });
}

function isThere(subject: AuditSubject, table: AuditTable, { name, columns }: RequiredIndex): boolean {
  if (name === undefined) return isServed(subject, table, (index) => beginsWith(index, columns));
  return subject
    .indexesOf(table)
    .some((index) => index.name === name && index.isValid && keysBegin(index, columns));
}

/** One that is required by its name may be partial. */
function keysBegin({ keys }: AuditIndex, columns: readonly string[]): boolean {
  return columns.every((column, at) => keys[at]?.column === column);
}

interface Missing {
  readonly table: AuditTable;
  readonly wanted: RequiredIndex;
  readonly broken: IndexFact | undefined;
}

function missing(subject: AuditSubject, { table, wanted, broken }: Missing): Finding {
  const { name } = wanted;
  const named = subject.indexesOf(table).find((index) => index.name === name);
  const index = name ?? broken?.name;
  return {
    kind: 'RequiredMissing',
    table: table.shown,
    ...(index === undefined ? {} : { index }),
    reason: `${whatIsWanted(table, wanted)}, and ${whatIs({ broken, named, name })}.`,
    remedy: remedyFor(subject, { table, wanted, broken, named }),
    weight: totalRows(subject, table) ?? 0,
  };
}

function whatIsWanted({ shown }: AuditTable, { name, columns }: RequiredIndex): string {
  const called = name === undefined ? '' : ` named ${name}`;
  const begins = columns.length === 0 ? '' : ` that begins with (${columns.join(', ')})`;
  return `The spec asks for an index of ${shown}${called}${begins}`;
}

interface State {
  readonly broken: IndexFact | undefined;
  readonly named: AuditIndex | undefined;
  readonly name: string | undefined;
}

function whatIs({ broken, named, name }: State): string {
  if (broken !== undefined) return `${broken.name} is invalid on the live server`;
  if (named !== undefined)
    return `${named.name} begins with ${named.keys.map(({ column }) => column ?? 'an expression').join(', ')}`;
  return name === undefined ? 'no valid index without a condition does' : 'there is none of that name';
}

function brokenIndex(
  subject: AuditSubject,
  table: AuditTable,
  { name, columns }: RequiredIndex,
): IndexFact | undefined {
  return subject
    .unusableOf(table)
    .find((fact) =>
      name === undefined ? columns.every((column, at) => fact.columns?.[at] === column) : fact.name === name,
    );
}

function remedyFor(
  subject: AuditSubject,
  { table, wanted, broken, named }: Missing & Pick<State, 'named'>,
): Remedy {
  const { name } = wanted;
  if (broken !== undefined) return { do: 'Rebuild', index: broken, isConcurrent: true };
  const columns = wanted.columns.map((column) => table.columns.find((one) => one.name === column));
  const known = columns.filter((column) => column !== undefined);
  const absent = wanted.columns.find((_, at) => columns[at] === undefined);
  if (absent !== undefined) return nothing(`${table.shown} has no column ${absent}`);
  if (known.length === 0) return nothing('spec.audit.required gives no columns to make the index from');
  const plan = { table, columns: known, method: 'btree' } as const;
  if (named !== undefined) {
    if (named.constraint !== null || named.isMarked || named.isTarget || named.parent !== null)
      return nothing(`${named.name} is there with other columns, and a constraint or another index needs it`);
    return { ...createRemedy(subject, plan), replaces: named };
  }
  if (name !== undefined) {
    if (isTaken(subject, table, name)) return nothing(`another relation of its schema has the name ${name}`);
    return createRemedy(subject, plan, { name });
  }
  const proposed = subject.proposals.beginningWith(table, wanted.columns);
  return proposed === undefined ? createRemedy(subject, plan) : servedBy(proposed);
}

function isTaken({ catalogue }: AuditSubject, { schema }: AuditTable, name: string): boolean {
  return catalogue.relations.some((relation) => keyOf(relation) === keyOf({ schema, name }));
}

function nothing(because: string): Remedy {
  return { do: 'Nothing', because };
}
