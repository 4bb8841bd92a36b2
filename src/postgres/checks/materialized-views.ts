import type { TocEntry } from '../../stream/pg-archive/format.ts';
import type { TableName } from '../quote.ts';
import { showTable } from '../quote.ts';
import type { Session } from '../session.ts';

/** Materialized views that the dump refreshes and that hold nothing yet. */
export async function unrefreshedViews(session: Session, contents: readonly TocEntry[]): Promise<string[]> {
  const refreshed = contents.filter(({ desc }) => desc === 'MATERIALIZED VIEW DATA');
  if (refreshed.length === 0) return [];
  const rows = await session.query<TableName>(
    `SELECT n.nspname::text AS schema, c.relname::text AS name
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN unnest($1::text[], $2::text[]) AS w(schema, name) ON n.nspname = w.schema AND c.relname = w.name
     WHERE c.relkind = 'm' AND NOT c.relispopulated ORDER BY 1, 2`,
    [refreshed.map(({ namespace }) => namespace ?? ''), refreshed.map(({ tag }) => tag)],
  );
  return rows.map(showTable);
}
