import { counted } from '../../domain/amounts.ts';
import { quoteIdentifier, quoteTable, showIdentifier, showTable } from '../quote.ts';
import type { Session } from '../session.ts';
import type { Crew } from './crew.ts';
import { forEach, weights } from './crew.ts';
import { damageWords } from './sql-errors.ts';

export interface ForeignKeyResult {
  /** Looked into row by row. */
  readonly verified: number;
  /** Left to what the server did when the constraint was made: their tables are large. */
  readonly left: number;
  /** For a person, each naming the constraint. */
  readonly violations: readonly string[];
}

interface Column {
  readonly referring: string;
  readonly referred: string;
  readonly operatorSchema: string;
  readonly operator: string;
}

interface ForeignKey {
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  readonly referredSchema: string;
  readonly referredTable: string;
  readonly partitioned: boolean;
  readonly referredPartitioned: boolean;
  readonly isFull: boolean;
  readonly columns: readonly Column[];
  /** Of both tables together. */
  readonly pages: number;
  readonly comparable: boolean;
}

/** A gibibyte. */
const cheapPages = 131_072;

const pagesOf = (table: string): string => `CASE ${table}.relkind
  WHEN 'p' THEN (SELECT coalesce(sum(greatest(p.relpages, 0)), 0)
                 FROM pg_partition_tree(${table}.oid) t JOIN pg_class p ON p.oid = t.relid)
  ELSE ${table}.relpages END`;

/** Left out: copies on partitions, those that are not to hold, and periods and mixed collations, which compare in their own way. */
const foreignKeysSql = (versionNumber: number): string => `
SELECT con.conname::text AS name, cn.nspname::text AS schema, c.relname::text AS "table",
       rn.nspname::text AS "referredSchema", r.relname::text AS "referredTable",
       c.relkind = 'p' AS partitioned, r.relkind = 'p' AS "referredPartitioned", con.confmatchtype = 'f' AS "isFull",
       k.columns, k.comparable, (${pagesOf('c')} + ${pagesOf('r')})::bigint AS pages
FROM pg_constraint con
JOIN pg_class c ON c.oid = con.conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_class r ON r.oid = con.confrelid JOIN pg_namespace rn ON rn.oid = r.relnamespace
CROSS JOIN LATERAL (
  SELECT bool_and(a.attcollation = b.attcollation) AS comparable,
         json_agg(json_build_object('referring', a.attname, 'referred', b.attname,
           'operatorSchema', opn.nspname, 'operator', op.oprname) ORDER BY u.at) AS columns
  FROM unnest(con.conkey, con.confkey, con.conpfeqop) WITH ORDINALITY AS u(referring, referred, operator, at)
  JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = u.referring
  JOIN pg_attribute b ON b.attrelid = con.confrelid AND b.attnum = u.referred
  JOIN pg_operator op ON op.oid = u.operator JOIN pg_namespace opn ON opn.oid = op.oprnamespace) k
WHERE con.contype = 'f' AND con.conparentid = 0 AND con.convalidated AND c.relpersistence <> 't'
  ${versionNumber >= 180_000 ? 'AND NOT con.conperiod AND con.conenforced' : ''}
ORDER BY 2, 3, 1`;

/** Looks for rows that refer to a row that is not there, as the server does when it makes a foreign key. */
export async function verifyForeignKeys(crew: Crew): Promise<ForeignKeyResult> {
  const keys = await crew.run(weights.catalogue, (session) =>
    session.query<ForeignKey>(foreignKeysSql(session.versionNumber)),
  );
  const cheap = keys.filter(({ pages, comparable }) => pages <= cheapPages && comparable);
  const weightOf = ({ pages }: ForeignKey): number => pages * weights.referringPage;
  const violations = await forEach(crew, cheap, weightOf, violationOf);
  return {
    verified: cheap.length,
    left: keys.length - cheap.length,
    violations: violations.filter((violation) => violation !== undefined),
  };
}

async function violationOf(session: Session, key: ForeignKey): Promise<string | undefined> {
  const table = showTable({ schema: key.schema, name: key.table });
  const what = `constraint ${showIdentifier(key.name)} of ${table}`;
  const answer = await session
    .query<{ count: number }>(orphansSql(key))
    .catch((error: unknown) => `${what} cannot be verified: ${damageWords(error)}`);
  if (typeof answer === 'string') return answer;
  const count = answer[0]?.count ?? 0;
  if (count === 0) return undefined;
  const referred = showTable({ schema: key.referredSchema, name: key.referredTable });
  return `${what}: ${counted(count, 'row refers', 'rows refer')} to rows of ${referred} that are not there`;
}

function orphansSql(key: ForeignKey): string {
  const { columns, partitioned, referredPartitioned } = key;
  const referring = quoteTable({ schema: key.schema, name: key.table });
  const referred = quoteTable({ schema: key.referredSchema, name: key.referredTable });
  const equal = columns.map(
    (column) =>
      `r.${quoteIdentifier(column.referred)} OPERATOR(${quoteIdentifier(column.operatorSchema)}.${column.operator}) c.${quoteIdentifier(column.referring)}`,
  );
  const given = columns.map((column) => `c.${quoteIdentifier(column.referring)} IS NOT NULL`);
  return `SELECT count(*) AS count FROM ${partitioned ? '' : 'ONLY '}${referring} c
    WHERE (${given.join(key.isFull ? ' OR ' : ' AND ')})
      AND NOT EXISTS (SELECT FROM ${referredPartitioned ? '' : 'ONLY '}${referred} r WHERE ${equal.join(' AND ')})`;
}
