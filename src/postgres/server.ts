import type { Session } from './session.ts';

export interface DatabaseFact {
  readonly name: string;
  readonly oid: number;
  /** Absent when the user may not ask. */
  readonly sizeBytes?: number;
}

export interface ServerFacts {
  /** As PostgreSQL prints it: `16.9`. */
  readonly version: string;
  readonly versionNumber: number;
  /** Absent where the function is withheld, as some managed services do. */
  readonly systemIdentifier?: string;
  readonly inRecovery: boolean;
  /** Databases that take connections, templates left out, by name. */
  readonly databases: readonly DatabaseFact[];
  /** Sum over the databases whose size is known. */
  readonly sizeBytes: number;
  /** Locks on tables and sequences that the whole server can hold: about max_locks_per_transaction for each process. */
  readonly lockSlots: number;
  readonly maxLocksPerTransaction: number;
}

interface Row {
  readonly version: string;
  readonly inRecovery: boolean;
  readonly maxLocks: number;
  readonly processes: number;
  readonly mayReadIdentifier: boolean;
}

/** Facts about the server that need no particular privilege. */
export async function readServer(session: Session): Promise<ServerFacts> {
  const [row] = await session.query<Row>(
    `SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS "inRecovery",
            current_setting('max_locks_per_transaction')::int AS "maxLocks",
            current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int AS processes,
            has_function_privilege('pg_control_system()', 'EXECUTE') AS "mayReadIdentifier"`,
  );
  if (row === undefined) throw new Error('the server said nothing about itself');
  const databases = await readDatabases(session);
  const systemIdentifier = row.mayReadIdentifier ? await readSystemIdentifier(session) : undefined;
  return {
    version: row.version.split(' ', 1)[0] ?? row.version,
    versionNumber: session.versionNumber,
    inRecovery: row.inRecovery,
    databases,
    sizeBytes: databases.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0),
    lockSlots: row.maxLocks * row.processes,
    maxLocksPerTransaction: row.maxLocks,
    ...(systemIdentifier === undefined ? {} : { systemIdentifier }),
  };
}

async function readSystemIdentifier(session: Session): Promise<string | undefined> {
  const rows = await session
    .query<{ identifier: string }>('SELECT system_identifier::text AS identifier FROM pg_control_system()')
    .catch(() => []);
  return rows[0]?.identifier;
}

async function readDatabases(session: Session): Promise<DatabaseFact[]> {
  const rows = await session.query<{ name: string; oid: number; bytes: number | null }>(
    `SELECT datname::text AS name, oid,
            CASE WHEN has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE')
                 THEN pg_database_size(oid) END AS bytes
     FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname`,
  );
  return rows.map(({ name, oid, bytes }) => ({ name, oid, ...(bytes === null ? {} : { sizeBytes: bytes }) }));
}
