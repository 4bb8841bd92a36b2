import { connect } from '../connect.ts';
import type { Connection } from '../connection.ts';
import type { TableName } from '../quote.ts';
import { quoteTable } from '../quote.ts';
import type { Session } from '../session.ts';

/**
 * Tables that have rows elsewhere, in foreign tables among their partitions and heirs: whoever analyses them asks there,
 * and nothing leads out of a drill. Partitions that are here are analysed by themselves.
 */
const reachingOut = `
WITH RECURSIVE reaching AS (
  SELECT i.inhparent AS oid FROM pg_inherits i JOIN pg_class f ON f.oid = i.inhrelid WHERE f.relkind = 'f'
  UNION SELECT i.inhparent FROM pg_inherits i JOIN reaching r ON r.oid = i.inhrelid)
SELECT oid FROM reaching`;

/** A new database has statistics of its catalogues from initdb: those do until a catalogue has doubled. */
const grown = `n.nspname <> 'pg_catalog' OR pg_relation_size(c.oid) > 2 * c.relpages * current_setting('block_size')::bigint`;

/** Gathers statistics of every table of a database, as the planner needs them; the largest tables first. */
export async function analyseDatabase(
  connection: Connection,
  database: string,
  sessions: number,
): Promise<void> {
  const first = await connect(connection, database);
  const open: Session[] = [first];
  try {
    const queue = await first.query<TableName>(
      `SELECT n.nspname::text AS schema, c.relname::text AS name
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND (${grown})
         AND c.oid NOT IN (${reachingOut})
       ORDER BY c.relkind = 'p', pg_relation_size(c.oid) DESC`,
    );
    const wanted = Math.min(sessions, Math.max(1, queue.length));
    while (open.length < wanted) open.push(await connect(connection, database));
    const tables = queue.values();
    await Promise.all(
      open.map(async (session) => {
        for (const table of tables) await session.query(`ANALYZE ${quoteTable(table)}`);
      }),
    );
  } finally {
    await Promise.all(open.map((session) => session.close()));
  }
}
