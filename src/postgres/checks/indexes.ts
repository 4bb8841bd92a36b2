import type { TableName } from '../quote.ts';
import { showTable } from '../quote.ts';
import type { Session } from '../session.ts';

export interface IndexStates {
  readonly count: number;
  /** For a person, each naming the index. */
  readonly invalid: readonly string[];
}

interface Row extends TableName {
  readonly tableSchema: string;
  readonly table: string;
  readonly fault: string;
}

/**
 * Indexes that the planner may not use. One of a partitioned table stays invalid for as long as a partition lacks its
 * own, as at the source: it is left out.
 */
export async function readIndexStates(session: Session): Promise<IndexStates> {
  const [row] = await session.query<{ count: number }>(
    `SELECT count(*) AS count FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE c.oid >= 16384 AND c.relpersistence <> 't'`,
  );
  const rows = await session.query<Row>(
    `WITH RECURSIVE incomplete AS (
       SELECT i.indexrelid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid AND c.relkind = 'I'
       WHERE (SELECT count(*) FROM pg_inherits p WHERE p.inhparent = i.indrelid)
           > (SELECT count(*) FROM pg_inherits p WHERE p.inhparent = i.indexrelid)
       UNION
       SELECT p.inhparent FROM incomplete JOIN pg_inherits p ON p.inhrelid = incomplete.indexrelid)
     SELECT n.nspname::text AS schema, c.relname::text AS name, tn.nspname::text AS "tableSchema",
            t.relname::text AS "table",
            CASE WHEN NOT i.indislive THEN 'not live' WHEN NOT i.indisready THEN 'not ready' ELSE 'invalid' END AS fault
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
     WHERE c.relpersistence <> 't' AND NOT (i.indisvalid AND i.indisready AND i.indislive)
       AND i.indexrelid NOT IN (SELECT indexrelid FROM incomplete)
     ORDER BY 1, 2`,
  );
  return {
    count: row?.count ?? 0,
    invalid: rows.map(
      (index) =>
        `index ${showTable(index)} of table ${showTable({ schema: index.tableSchema, name: index.table })} is ${index.fault}`,
    ),
  };
}
