import { DatabaseError } from 'pg';
import { Failure } from '../domain/failure.ts';
import type { IndexFact, IndexFacts } from '../domain/inventory.ts';
import { chosen, selectionValues } from './inventory-sql.ts';
import type { Selection } from './selection.ts';
import type { Session } from './session.ts';

/** Asking for the size of an index waits for whoever rebuilds or drops it. */
const lockWait = '2s';

/**
 * Usage, size and validity of the indexes of the dumped tables. Needs no privilege. Undefined where the server does not
 * answer: a backup is no worse for it. Errors: `Failure` ConnectionLost and RecoveryConflict.
 */
export async function readIndexFacts(
  session: Session,
  selection: Selection,
): Promise<IndexFacts | undefined> {
  await session.query('SAVEPOINT index_facts');
  try {
    await session.query(`SET LOCAL lock_timeout = '${lockWait}'`);
    const [head] = await session.query<{ since: Date | null; inRecovery: boolean }>(sinceSql);
    const indexes = await session.query<IndexRow>(indexesSql, selectionValues(selection));
    await session.query('SET LOCAL lock_timeout = 0');
    return {
      ...(head?.since ? { since: head.since.toISOString() } : {}),
      inRecovery: head?.inRecovery ?? false,
      indexes: indexes.map(factOf),
    };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await session.query('ROLLBACK TO SAVEPOINT index_facts');
    return undefined;
  }
}

/**
 * Has the rows be counted from the tables themselves, as pg_dump reads them: a damaged index would have a say in the
 * count otherwise, and every backup would look like a use of the index that nobody else needs.
 */
export async function countWithoutIndexes(session: Session): Promise<void> {
  await session.query('SET LOCAL enable_indexonlyscan = off');
}

/** A server that calls itself PostgreSQL and has not all of its views and functions. */
const lackingStates = new Set(['0A000', '42703', '42883', '42P01']);

function isRefusal(error: unknown): boolean {
  if (error instanceof Failure) return error.reason === 'LockTimeout' || error.reason === 'PrivilegeMissing';
  return error instanceof DatabaseError && lackingStates.has(error.code ?? '');
}

/** A crash makes the server forget its counts; of the database it then no longer knows when, of the archiver it does. */
const sinceSql = `
SELECT greatest(d.stats_reset, a.stats_reset) AS since, pg_is_in_recovery() AS "inRecovery"
FROM pg_stat_database d CROSS JOIN pg_stat_archiver a WHERE d.datname = current_database()`;

interface IndexRow {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly scans: number;
  readonly usable: boolean;
  readonly building: boolean;
  readonly referenced: boolean;
  readonly columns: readonly string[] | null;
}

/**
 * Under a lock that the size would wait for, the size as of the last VACUUM. A progress entry without its index is that
 * of another role, which is only shown to those who may read all statistics.
 */
const indexesSql = `${chosen}, busy AS (
  SELECT relation FROM pg_locks WHERE mode = 'AccessExclusiveLock'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
), building AS (
  SELECT p.index_relid AS index FROM pg_stat_progress_create_index p WHERE p.datname = current_database()
)
SELECT n.nspname::text AS schema, t.relname::text AS "table", c.relname::text AS name,
  coalesce(CASE WHEN c.oid IN (SELECT relation FROM busy)
    THEN c.relpages::int8 * current_setting('block_size')::int8 ELSE pg_relation_size(c.oid) END, 0) AS "sizeBytes",
  coalesce(pg_stat_get_numscans(c.oid), 0) AS scans,
  i.indisvalid AND i.indisready AND i.indislive AS usable,
  EXISTS (SELECT FROM building b WHERE coalesce(b.index, 0) IN (0, c.oid)) AS building,
  EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.oid) AS referenced,
  CASE WHEN i.indexprs IS NULL AND i.indpred IS NULL THEN (
    SELECT array_agg(a.attname::text ORDER BY k.at) FROM unnest(i.indkey) WITH ORDINALITY AS k(attnum, at)
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum WHERE k.at <= i.indnkeyatts) END AS columns
FROM pg_index i JOIN rel ON rel.oid = i.indrelid AND rel.dump
JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'i' AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
ORDER BY 1, 3`;

function factOf({ usable, building, referenced, columns, ...known }: IndexRow): IndexFact {
  const fact = referenced ? { ...known, isReferenced: true as const } : known;
  if (usable) return fact;
  return {
    ...fact,
    unusable: building ? 'Building' : 'Invalid',
    ...(columns === null ? {} : { columns }),
  };
}
