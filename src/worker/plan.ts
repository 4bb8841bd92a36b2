import type { LogicalSpec, PostgresBackupSpec } from '../api/v1alpha1/postgres-backup.ts';
import { Failure } from '../domain/failure.ts';
import type { ClientPrograms } from '../postgres/clients.ts';
import type { Connection } from '../postgres/connection.ts';
import type { DatabaseFact, ServerFacts } from '../postgres/server.ts';
import type { DumpFilters } from '../postgres/tools/dump-arguments.ts';

/** One database that will be dumped, after its preflight. */
export interface PlannedDatabase {
  readonly name: string;
  readonly oid: number;
  /** On the server; undefined where the user may not ask. */
  readonly sizeBytes: number | undefined;
  readonly filters: DumpFilters;
}

/** All that is known before the first byte is read. */
export interface BackupPlan {
  readonly connection: Connection;
  readonly server: ServerFacts;
  readonly client: ClientPrograms;
  readonly clientVersion: string;
  readonly databases: readonly PlannedDatabase[];
  /** Folder of this attempt within the run's folder; see `nextAttemptFolder`. */
  readonly attempt: string;
}

/** The databases that a spec means, of those that the server has. Throws `Failure` DatabaseAbsent. */
export function chooseDatabases(
  spec: Pick<PostgresBackupSpec, 'databases'>,
  own: string,
  present: readonly DatabaseFact[],
): readonly DatabaseFact[] {
  const { names, all, except = [] } = spec.databases ?? {};
  if (all === true) {
    const chosen = present.filter(({ name }) => !except.includes(name));
    if (chosen.length > 0) return chosen;
    throw new Failure('DatabaseAbsent', 'databases.except leaves no database of the server');
  }
  const wanted = names ?? [own];
  const absent = wanted.filter((name) => !present.some((database) => database.name === name));
  if (absent.length > 0)
    throw new Failure(
      'DatabaseAbsent',
      `the server has no database ${absent.map((name) => JSON.stringify(name)).join(', ')} that takes connections; it has ${listed(present)}`,
    );
  return present.filter(({ name }) => wanted.includes(name));
}

/** Whether the spec leaves something of a database out by name. */
export function isFiltered({ include, exclude }: LogicalSpec): boolean {
  const lists = [include.schemas, include.tables, exclude.schemas, exclude.tables, exclude.tableData];
  return lists.some((list) => list.length > 0);
}

const shownNames = 10;

function listed(databases: readonly DatabaseFact[]): string {
  const names = databases.slice(0, shownNames).map(({ name }) => JSON.stringify(name));
  const more = databases.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${String(more)} more` : names.join(', ');
}
