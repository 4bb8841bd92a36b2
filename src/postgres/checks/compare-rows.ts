import { counted, grouped } from '../../domain/amounts.ts';
import type { TableCount } from '../../domain/inventory.ts';
import type { TableName } from '../quote.ts';
import { showTable } from '../quote.ts';

/** What was counted of one restored table. */
export interface RestoredRows extends TableName {
  /** Absent where the table could not be read to its end. */
  readonly rows?: number;
  /** Why it could not, in the server's words. */
  readonly unreadable?: string;
  readonly ofExtension: boolean;
  readonly unlogged: boolean;
}

/** One table beside what the backup holds of it; null: not there. */
export interface TablePair extends TableName {
  readonly expectedRows: number | null;
  readonly restoredRows: number | null;
}

export interface RowComparison {
  readonly tables: readonly TablePair[];
  /** For a person, one for each table that is not as in the backup. */
  readonly differences: readonly string[];
}

/**
 * Compares counts with those of the snapshot. `whole`: the backup holds the rows of every table, so that a table it does
 * not name should not be there; else such a table may be there without rows.
 */
export function compareRows(
  expected: readonly TableCount[],
  restored: readonly RestoredRows[],
  { whole }: { readonly whole: boolean },
): RowComparison {
  const left = new Map(restored.map((table) => [showTable(table), table] as const));
  const tables: TablePair[] = [];
  const differences: string[] = [];
  for (const { schema, name, rows } of expected) {
    const key = showTable({ schema, name });
    const found = left.get(key);
    left.delete(key);
    tables.push({ schema, name, expectedRows: rows, restoredRows: found?.rows ?? null });
    const difference = differenceOf(key, rows, found);
    if (difference !== undefined) differences.push(difference);
  }
  for (const [key, table] of left) {
    const difference = unexpected(key, table, whole);
    if (difference === undefined) continue;
    const { schema, name, rows } = table;
    tables.push({ schema, name, expectedRows: null, restoredRows: rows ?? null });
    differences.push(difference);
  }
  return { tables, differences };
}

function differenceOf(key: string, rows: number, found: RestoredRows | undefined): string | undefined {
  if (found === undefined) return `${key} is missing: the backup holds ${counted(rows, 'row')} of it`;
  if (found.rows === undefined) return `${key} cannot be read: ${found.unreadable ?? 'no count'}`;
  if (found.rows === rows) return undefined;
  return `${key} has ${counted(found.rows, 'row')} instead of ${grouped(rows)}`;
}

/** What another version of an extension brings, and rows that a standby does not have, are no fault. */
function unexpected(
  key: string,
  { rows, unreadable, ...table }: RestoredRows,
  whole: boolean,
): string | undefined {
  if (unreadable !== undefined) return `${key} cannot be read: ${unreadable}`;
  if (table.ofExtension) return undefined;
  if (rows === 0 && (!whole || table.unlogged)) return undefined;
  return `${key} should not be there: the backup does not hold it, and it has ${counted(rows ?? 0, 'row')}`;
}
