import type { Assertion } from '../../api/v1alpha1/backup-drill-assertion.ts';
import { counted, grouped } from '../../domain/amounts.ts';
import { compareDecimals } from './decimal.ts';

export type Expectation = Assertion['expect'];

/** What a statement gave, as far as it was read. */
export interface Given {
  /** First column of the first rows, as the server writes it; null is NULL. */
  readonly values: readonly (string | null)[];
  /** Rows that came; where the limit of reading was met, there are more. */
  readonly rows: number;
  readonly more: boolean;
}

/** Rows that have to be read to judge. */
export function rowsToRead({ rows }: Expectation): number {
  return (rows ?? 1) + 1;
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
  if (rows !== 1) return `${came} instead of one`;
  const [value] = given.values;
  if (value === undefined) return 'the row has no column';
  if (value === null) return 'the value is NULL';
  return unequal(expect, value) ?? outside(expect, value);
}

function unequal({ equals }: Expectation, value: string): string | undefined {
  if (equals === undefined || value === equals) return undefined;
  const order = compareDecimals(value, equals);
  if (order === 0 || spelledOut[value] === equals) return undefined;
  if (order === undefined)
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
