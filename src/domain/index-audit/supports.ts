import type { AuditIndex, AuditTable, ForeignKey, IndexKey } from './catalogue.ts';
import type { AuditSubject } from './subject.ts';

/** Whether a delete or key change in the table that a foreign key points at finds its rows by this index. */
export function supportsForeignKey(index: AuditIndex, { columns }: ForeignKey): boolean {
  // BRIN still reads whole ranges of the table.
  if (!index.isValid || index.method === 'brin') return false;
  if (!onlyWithoutNulls(index.predicate, columns)) return false;
  const missing = new Map(columns.map((column) => [column.name, column.families]));
  for (const key of index.keys) {
    if (missing.size === 0) break;
    const families = missing.get(key.column ?? '');
    if (families === undefined) {
      // Named twice, it helps no more, but does not end the prefix either.
      if (columns.some(({ name }) => name === key.column)) continue;
      return false;
    }
    if (!compares(key, families)) return false;
    missing.delete(key.column ?? '');
  }
  return missing.size === 0;
}

/**
 * A foreign key whose types differ by more than their size compares by a cast, which no index of the column knows: the
 * index that anybody would make has to do.
 */
function compares(key: IndexKey, families: readonly number[]): boolean {
  return key.isColumnCollation && (families.includes(key.family) || key.isDefaultClass);
}

/** The rows that are looked for have a value in every column, and so are in a partial index of rows that have. */
function onlyWithoutNulls(predicate: string | null, columns: ForeignKey['columns']): boolean {
  if (predicate === null) return true;
  const tests = columns.map(({ quoted }) => `(${quoted} IS NOT NULL)`);
  if (tests.includes(predicate)) return true;
  if (!predicate.startsWith('((') || !predicate.endsWith('))')) return false;
  let rest = predicate.slice(1, -1);
  for (;;) {
    const next = tests.find((test) => rest.startsWith(test));
    if (next === undefined) return false;
    rest = rest.slice(next.length);
    if (rest === '') return true;
    if (!rest.startsWith(' AND ')) return false;
    rest = rest.slice(' AND '.length);
  }
}

/** Whether an index of the table passes, or, of a partitioned one, an index of every partition. */
export function isServed(
  subject: AuditSubject,
  table: AuditTable,
  passes: (index: AuditIndex) => boolean,
): boolean {
  if (table.kind === 'Foreign') return true;
  if (subject.indexesOf(table).some(passes)) return true;
  const partitions = subject.partitionsOf(table);
  return partitions.length > 0 && partitions.every((part) => isServed(subject, part, passes));
}

/** Whether an index begins with these columns, in this order, and holds every row. */
export function beginsWith(index: AuditIndex, columns: readonly string[]): boolean {
  return (
    index.isValid &&
    index.predicate === null &&
    columns.every((column, at) => index.keys[at]?.column === column)
  );
}
