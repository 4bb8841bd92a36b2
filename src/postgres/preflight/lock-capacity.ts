import { chosen, selectionValues } from '../inventory-sql.ts';
import { majorOf } from '../version.ts';
import type { Checked, Finding } from './finding.ts';

interface Row {
  readonly tables: number;
  readonly sequences: number;
  readonly maxLocks: number;
  readonly processes: number;
}

/**
 * The lock table may grow somewhat beyond its nominal size into spare shared memory; how far depends on the server.
 * Refusing earlier would refuse dumps that work: a default server holds 10,800 locks where 7,800 are nominal.
 */
const growth = 1.35;

/**
 * Every table stays locked until the dump ends, and up to 17 every sequence too. Sessions share a lock, so that the
 * inventory's own take no more room.
 */
export async function lockTableTooSmall(checked: Checked): Promise<Finding | undefined> {
  const { session, selection } = checked;
  const [row] = await session.query<Row>(
    `${chosen}
     SELECT (SELECT count(*) FROM rel WHERE dump AND relkind IN ('r', 'p')) AS tables,
            (SELECT count(*) FROM data WHERE relkind = 'S') AS sequences,
            current_setting('max_locks_per_transaction')::int AS "maxLocks",
            (SELECT sum(setting::int) FROM pg_settings WHERE name IN ('max_connections', 'max_prepared_transactions',
               'max_worker_processes', 'max_wal_senders',
               CASE WHEN current_setting('server_version_num')::int < 180000 THEN 'autovacuum_max_workers'
                    ELSE 'autovacuum_worker_slots' END)) AS processes`,
    selectionValues(selection),
  );
  if (row === undefined) return undefined;
  const readsThemOneByOne = checked.clientMajor < 18 || majorOf(session.versionNumber) < 18;
  const locksSequences = readsThemOneByOne && checked.content !== 'SchemaOnly';
  const needed = row.tables + (locksSequences ? row.sequences : 0);
  if (needed <= row.maxLocks * row.processes * growth) return undefined;
  const enough = Math.ceil(needed / row.processes / 64) * 64;
  return {
    reason: 'LockCapacity',
    message:
      `${needed} tables and sequences have to be locked at once, and the server has room for about ` +
      `${row.maxLocks * row.processes}: ALTER SYSTEM SET max_locks_per_transaction = ${enough}; and restart it`,
  };
}
