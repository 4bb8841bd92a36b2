import type { TocEntry } from '../stream/pg-archive/format.ts';
import { escapeLiteral } from 'pg';

/** An SQL identifier that is taken as it is. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** An SQL string constant, whatever `standard_conforming_strings` says. */
export function quoteLiteral(text: string): string {
  return escapeLiteral(text);
}

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

export function quoteTable({ schema, name }: TableName): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** For people: quotes only where they are needed to read the name back. */
export function showTable({ schema, name }: TableName): string {
  return `${showIdentifier(schema)}.${showIdentifier(name)}`;
}

/** What an entry of a dump is of, as `showTable` shows it. */
export function showEntry({ namespace = '', tag }: Pick<TocEntry, 'namespace' | 'tag'>): string {
  return showTable({ schema: namespace, name: tag });
}

export function showIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : quoteIdentifier(name);
}
