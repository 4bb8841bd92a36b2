import { Failure } from '../domain/failure.ts';
import type { TableCount } from '../domain/inventory.ts';
import type { TableName } from './quote.ts';
import { quoteTable, showTable } from './quote.ts';
import type { Session } from './session.ts';

/** A table whose rows the dump holds; `condition`: a WHERE clause that its extension gives, else all rows. */
export interface DataTable extends TableName {
  readonly oid: number;
  readonly condition: string | null;
}

const tablesPerLock = 100;

/**
 * Locks the tables as pg_dump does, until the transaction ends: nobody can truncate or rewrite them between the
 * snapshot and the dump, which the snapshot would not survive. Shared with pg_dump, the locks take no more of the
 * server's lock table. Errors: `Failure` LockTimeout, PrivilegeMissing.
 */
export async function lockTables(
  session: Session,
  tables: readonly DataTable[],
  waitSeconds: number,
): Promise<void> {
  await session.query(`SET LOCAL lock_timeout = '${Math.trunc(waitSeconds * 1000)}ms'`);
  for (let at = 0; at < tables.length; at += tablesPerLock) {
    const some = tables.slice(at, at + tablesPerLock);
    const names = some.map((table) => `ONLY ${quoteTable(table)}`);
    await session
      .query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`)
      .catch(async (error: unknown) => {
        throw error instanceof Failure && error.reason === 'LockTimeout'
          ? await whoLocks(session, some, waitSeconds, error)
          : error;
      });
  }
  await session.query('SET LOCAL lock_timeout = 0');
}

interface Holder extends TableName {
  readonly pid: number;
  readonly application: string | null;
}

/** PostgreSQL says neither which table it waited for nor for whom. */
async function whoLocks(
  session: Session,
  tables: readonly DataTable[],
  waitSeconds: number,
  error: Failure,
): Promise<Failure> {
  await session.query('ROLLBACK');
  const holders = await session.query<Holder>(
    `SELECT n.nspname::text AS schema, c.relname::text AS name, l.pid, a.application_name AS application
     FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND l.mode = 'AccessExclusiveLock' AND l.relation = ANY ($1::oid[]) ORDER BY l.granted DESC, 1, 2 LIMIT 5`,
    [tables.map(({ oid }) => oid)],
  );
  if (holders.length === 0) return error;
  const parts = holders.map((holder) => {
    const who = holder.application
      ? `process ${holder.pid} (${holder.application})`
      : `process ${holder.pid}`;
    return `${showTable(holder)} by ${who}`;
  });
  const message = `database ${session.database}: locked for longer than ${waitSeconds} s: ${parts.join(', ')}`;
  return new Failure('LockTimeout', message, { cause: error });
}

/** Exact counts in the session's snapshot, in the order given. */
export async function countRows(
  session: Session,
  tables: readonly DataTable[],
  onCounted: (table: TableCount) => void,
): Promise<TableCount[]> {
  const counted: TableCount[] = [];
  for (const { schema, name, oid, condition } of tables) {
    const source = condition === null ? `ONLY ${quoteTable({ schema, name })}` : quoteTable({ schema, name });
    // Rolled back so that the locks on its indexes go: kept for every table they would fill the lock table.
    await session.query('SAVEPOINT counting');
    const [row] = await session.query<{ rows: number }>(
      `SELECT count(*) AS rows FROM ${source} ${condition ?? ''}`,
    );
    await session.query('ROLLBACK TO SAVEPOINT counting');
    const count = { schema, name, oid, rows: row?.rows ?? 0 };
    counted.push(count);
    onCounted(count);
  }
  return counted;
}
