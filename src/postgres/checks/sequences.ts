import { quoteIdentifier, quoteTable, showIdentifier, showTable } from '../quote.ts';
import type { TableName } from '../quote.ts';
import type { Session } from '../session.ts';
import type { Crew } from './crew.ts';
import { forEach, weights } from './crew.ts';
import type { SequenceValue } from './sequence-values.ts';
import { damageWords } from './sql-errors.ts';

export interface FedColumns {
  /** Columns that were compared with their sequence. */
  readonly compared: number;
  readonly behind: readonly Behind[];
}

export interface Behind {
  /** Name of the sequence, as in `SequenceValue`s. */
  readonly sequence: string;
  /** For a person, naming sequence and column. */
  readonly words: string;
}

interface Feed extends TableName {
  readonly increment: string;
  readonly tableSchema: string;
  readonly table: string;
  readonly column: string;
  readonly partitioned: boolean;
}

/**
 * Identity columns, and whole-number columns whose default is the next value of a sequence and nothing else, where a
 * unique index would refuse a value that comes twice. A sequence that cycles may be anywhere. Partitions are read with
 * their table, and heirs by themselves: no index spans both.
 */
const feedsSql = `
SELECT n.nspname::text AS schema, s.relname::text AS name, q.seqincrement::text AS increment,
       tn.nspname::text AS "tableSchema", t.relname::text AS "table", a.attname::text AS "column",
       t.relkind = 'p' AS partitioned
FROM pg_sequence q JOIN pg_class s ON s.oid = q.seqrelid JOIN pg_namespace n ON n.oid = s.relnamespace
JOIN (
  SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS attnum FROM pg_depend d
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i' AND d.refobjsubid > 0
  UNION
  SELECT d.refobjid, ad.adrelid, ad.adnum FROM pg_depend d JOIN pg_attrdef ad ON ad.oid = d.objid
  WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass
    AND pg_get_expr(ad.adbin, ad.adrelid) ~ $pattern$^\\(?nextval\\('([^']|'')*'::regclass\\)\\)?(::\\w+)?$$pattern$
) AS fed ON fed.sequence = s.oid
JOIN pg_class t ON t.oid = fed.relation AND t.relkind IN ('r', 'p') AND NOT t.relispartition
JOIN pg_namespace tn ON tn.oid = t.relnamespace
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = fed.attnum
  AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype)
WHERE s.relpersistence <> 't' AND NOT q.seqcycle
  AND EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisunique AND i.indnkeyatts = 1
              AND i.indkey[0] = a.attnum AND i.indpred IS NULL AND i.indisvalid)
ORDER BY 1, 2, 4, 5, 6`;

/** Finds columns that hold the next value of their sequence already, or one beyond it: inserts would fail. */
export async function compareFedColumns(
  crew: Crew,
  values: ReadonlyMap<string, SequenceValue>,
): Promise<FedColumns> {
  const feeds = await crew.run(weights.catalogue, (session) => session.query<Feed>(feedsSql));
  const behind = await forEach(
    crew,
    feeds,
    () => 0,
    async (session, feed) => {
      const words = await behindOf(session, feed, values);
      return words === undefined ? [] : [{ sequence: showTable(feed), words }];
    },
  );
  return { compared: feeds.length, behind: behind.flat() };
}

async function behindOf(
  session: Session,
  { increment, tableSchema, table, column, partitioned, ...sequence }: Feed,
  values: ReadonlyMap<string, SequenceValue>,
): Promise<string | undefined> {
  const value = values.get(showTable(sequence));
  if (value === undefined) return undefined;
  const step = BigInt(increment);
  const next = value.isCalled ? value.last + step : value.last;
  const [extreme, reached] = step > 0n ? ['max', '>='] : ['min', '<='];
  const tableName = { schema: tableSchema, name: table };
  const fed = `${showTable(tableName)}.${showIdentifier(column)}`;
  const rowsOf = `${partitioned ? '' : 'ONLY '}${quoteTable(tableName)}`;
  const rows = await session
    .query<{ behind: boolean | null }>(
      `SELECT (SELECT ${extreme}(${quoteIdentifier(column)}) FROM ${rowsOf}) ${reached} $1::numeric AS behind`,
      [String(next)],
    )
    .catch((error: unknown) => `${fed} cannot be read: ${damageWords(error)}`);
  if (typeof rows === 'string') return rows;
  if (rows[0]?.behind !== true) return undefined;
  return `sequence ${showTable(sequence)} gives ${String(next)} next, and ${fed} is already there or beyond`;
}
