import type { LogicalSpec } from '../../api/v1alpha1/logical.ts';
import { databaseArgument } from '../libpq.ts';
import type { TableName } from '../quote.ts';
import { quoteIdentifier, quoteTable } from '../quote.ts';

/** What of a database goes into a dump, by exact names (`selectionOf`). */
export interface DumpFilters {
  readonly includeSchemas: readonly string[];
  readonly includeTables: readonly TableName[];
  readonly excludeSchemas: readonly string[];
  readonly excludeTables: readonly TableName[];
  readonly excludeTableData: readonly TableName[];
}

export interface DumpChoice {
  readonly database: string;
  /** Major of pg_dump. */
  readonly clientMajor: number;
  readonly snapshotId: string;
  readonly content: LogicalSpec['content'];
  readonly filters: DumpFilters;
  readonly lockWaitSeconds: number;
}

/** What pg_dump compresses by itself; `none`: its caller has to. */
export function compressionOf(clientMajor: number): 'zstd' | 'none' {
  return clientMajor >= 16 ? 'zstd' : 'none';
}

/**
 * Arguments of pg_dump. Each is one word with its value, so that no value can become an option; names are quoted, so
 * that none is a pattern; and whatever is named has to exist. A table brings its partitions and children along.
 * Large objects are part of the dump whatever is chosen: pg_dump would silently leave them out of a chosen schema.
 */
export function dumpArguments(choice: DumpChoice): string[] {
  const { filters, content, clientMajor } = choice;
  const family = clientMajor >= 16 ? '-and-children' : '';
  return [
    '--format=custom',
    `--compress=${compressionOf(clientMajor) === 'zstd' ? 'zstd:1' : '0'}`,
    '--no-password',
    `--snapshot=${choice.snapshotId}`,
    `--lock-wait-timeout=${choice.lockWaitSeconds * 1000}`,
    ...(content === 'SchemaOnly' ? ['--schema-only'] : [largeObjects(clientMajor)]),
    ...(content === 'DataOnly' ? ['--data-only'] : []),
    ...filters.includeSchemas.map((name) => `--schema=${quoteIdentifier(name)}`),
    ...filters.includeTables.map((name) => `--table${family}=${quoteTable(name)}`),
    ...filters.excludeSchemas.map((name) => `--exclude-schema=${quoteIdentifier(name)}`),
    ...filters.excludeTables.map((name) => `--exclude-table${family}=${quoteTable(name)}`),
    ...filters.excludeTableData.map((name) => `--exclude-table-data${family}=${quoteTable(name)}`),
    '--strict-names',
    databaseArgument(choice.database),
  ];
}

function largeObjects(clientMajor: number): string {
  return clientMajor >= 16 ? '--large-objects' : '--blobs';
}
