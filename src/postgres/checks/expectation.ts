import type { Assertion } from '../../api/v1alpha1/backup-drill-assertion.ts';
import { counted, grouped } from '../../domain/amounts.ts';
import { compareDecimals } from './decimal.ts';

export type Expectation = Assertion['expect'];

/** What a statement gave, as far as it was read. */
export interface Given {
  /** The first rows, column by column as the server writes them; null is NULL. As many as an expectation looks at. */
  readonly first: readonly (readonly (string | null)[])[];
  /** Rows that came; where the limit of reading was met, there are more. */
  readonly rows: number;
  readonly more: boolean;
}

/** Rows that have to be read to judge. */
export function rowsToRead({ rows, rowSet }: Expectation): number {
  return (rows ?? rowSet?.length ?? 1) + 1;
}

/** Rows whose values it looks at. */
export function rowsToKeep({ rowSet }: Expectation): number {
  return rowSet === undefined ? 1 : rowSet.length + 1;
}

/**
 * Says in what the expectation is not met; undefined when it is. Numbers are told, and other values are not: a report
 * holds no value of the data.
 */
export function unmetBecause(expect: Expectation, given: Given): string | undefined {
  const { rows, more } = given;
  const came = `${more ? `more than ${counted(rows - 1, 'row')}` : counted(rows, 'row')} came`;
  if (expect.rows !== undefined)
    return rows === expect.rows ? undefined : `${came} instead of ${grouped(expect.rows)}`;
  if (expect.rowSet !== undefined) return otherRows(expect.rowSet, given);
  if (rows !== 1) return `${came} instead of one`;
  const [value] = given.first[0] ?? [];
  if (value === undefined) return 'the row has no column';
  if (value === null) return 'the value is NULL';
  return unequal(expect, value) ?? outside(expect, value);
}

function otherRows(expected: readonly (readonly string[])[], { first, more }: Given): string | undefined {
  const left = [...first];
  const missing = expected.filter((row) => {
    const at = left.findIndex((found) => isSameRow(found, row));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  const faults = [
    ...(missing.length > 0 ? [`${counted(missing.length, 'row')} of rowSet did not come`] : []),
    ...(left.length > 0 || more
      ? [`${more ? 'at least ' : ''}${counted(left.length, 'row')} came that rowSet does not hold`]
      : []),
  ];
  return faults.length === 0 ? undefined : faults.join(', and ');
}

function isSameRow(found: readonly (string | null)[], expected: readonly string[]): boolean {
  if (found.length !== expected.length) return false;
  return expected.every((wanted, at) => {
    const value = found[at];
    return typeof value === 'string' && isSame(value, wanted);
  });
}

/** Numbers are compared as numbers. */
function isSame(value: string, wanted: string): boolean {
  return value === wanted || spelledOut[value] === wanted || compareDecimals(value, wanted) === 0;
}

function unequal({ equals }: Expectation, value: string): string | undefined {
  if (equals === undefined || isSame(value, equals)) return undefined;
  if (compareDecimals(value, equals) === undefined)
    return `the value, a text of ${counted(value.length, 'character')}, is not the one that expect.equals gives`;
  return `the value is ${value} instead of ${equals}`;
}

/** PostgreSQL writes the values of boolean in one letter. */
const spelledOut: Readonly<Record<string, string>> = { t: 'true', f: 'false' };

function outside({ atLeast, atMost }: Expectation, value: string): string | undefined {
  for (const [limit, holds, words] of [
    [atLeast, (order: number) => order >= 0, 'at least'],
    [atMost, (order: number) => order <= 0, 'at most'],
  ] as const) {
    if (limit === undefined) continue;
    const order = compareDecimals(value, limit);
    if (order === undefined) return `the value is no number, and should be ${words} ${limit}`;
    if (!holds(order)) return `the value is ${value}, and should be ${words} ${limit}`;
  }
  return undefined;
}
