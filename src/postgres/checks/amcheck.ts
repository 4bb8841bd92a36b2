import type { DrillChecks } from '../../api/v1alpha1/backup-drill-checks.ts';
import { quoteIdentifier, showTable } from '../quote.ts';
import type { Session } from '../session.ts';
import type { Crew } from './crew.ts';
import { forEach, weights } from './crew.ts';
import { makeOwnSchema, readWrite } from './read-write.ts';
import { serverError } from './sql-errors.ts';

export interface AmcheckResult {
  readonly indexes: number;
  readonly tables: number;
  /** For a person, each naming the index or table and what is damaged in it. */
  readonly damages: readonly string[];
  /** Likewise, of those that could not be looked into. */
  readonly unchecked: readonly string[];
}

export type AmcheckDepth = Exclude<DrillChecks['indexes'], 'None'>;

/**
 * Looks into every B-tree index and, from PostgreSQL 14 on, every table, side by side. Nobody may write meanwhile. The
 * extension amcheck is installed in a schema of its own and removed again. Undefined: the server does not have it.
 */
export async function runAmcheck(crew: Crew, depth: AmcheckDepth): Promise<AmcheckResult | undefined> {
  const amcheck = await crew.run(weights.catalogue, installAmcheck);
  if (amcheck === undefined) return undefined;
  try {
    const { items, functions } = await crew.run(weights.catalogue, (session) => listWork(session, amcheck));
    const found = await forEach(crew, items, weightOf, (session, item) =>
      lookInto(session, item, functions, depth),
    );
    const indexes = items.filter(({ isIndex }) => isIndex).length;
    return {
      indexes,
      tables: items.length - indexes,
      damages: found.flatMap(({ damage }) => damage ?? []),
      unchecked: found.flatMap(({ unchecked }) => unchecked ?? []),
    };
  } finally {
    await crew.run(weights.catalogue, amcheck.remove);
  }
}

interface Amcheck {
  /** As SQL has it. */
  readonly schema: string;
  readonly remove: (session: Session) => Promise<void>;
}

async function installAmcheck(session: Session): Promise<Amcheck | undefined> {
  const [there] = await session.query<{ schema: string }>(
    `SELECT n.nspname::text AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
     WHERE e.extname = 'amcheck'`,
  );
  if (there !== undefined)
    return { schema: quoteIdentifier(there.schema), remove: () => Promise.resolve(undefined) };
  const available = await session.query(
    `SELECT FROM pg_available_extensions WHERE name = 'amcheck' AND default_version IS NOT NULL`,
  );
  if (available.length === 0) return undefined;
  const schema = await makeOwnSchema(session, 'pgcairn_amcheck');
  await readWrite(session, [`CREATE EXTENSION amcheck SCHEMA ${schema}`]);
  return {
    schema,
    remove: async (own) => {
      if (own.lost.aborted) return;
      await readWrite(own, ['DROP EXTENSION amcheck', `DROP SCHEMA ${schema}`]);
    },
  };
}

async function listWork(
  session: Session,
  { schema }: Amcheck,
): Promise<{ readonly items: readonly Item[]; readonly functions: Functions }> {
  const functions = await readFunctions(session, schema);
  const items = (await listItems(session)).filter(({ isIndex }) => isIndex || functions.verifyTable);
  return { items, functions };
}

interface Functions {
  readonly schema: string;
  /** Whether indexes can be asked for duplicates: from 17 on. */
  readonly checkUnique: boolean;
  /** From 14 on. */
  readonly verifyTable: boolean;
}

async function readFunctions(session: Session, schema: string): Promise<Functions> {
  const [row] = await session.query<Omit<Functions, 'schema'>>(
    `SELECT to_regprocedure($1 || '.bt_index_parent_check(regclass, boolean, boolean, boolean)') IS NOT NULL
              AS "checkUnique",
            EXISTS (SELECT FROM pg_proc p WHERE p.proname = 'verify_heapam' AND p.pronamespace = $1::regnamespace)
              AS "verifyTable"`,
    [schema],
  );
  return { schema, checkUnique: row?.checkUnique === true, verifyTable: row?.verifyTable === true };
}

interface Item {
  readonly oid: number;
  readonly isIndex: boolean;
  readonly isUnique: boolean;
  readonly schema: string;
  readonly name: string;
  /** Of a TOAST table or index, the table that it belongs to. */
  readonly of: string | null;
  readonly pages: number;
  /** Of an index: of its table, which is read as well. */
  readonly tablePages: number;
}

const heap = 2;
const btree = 403;

function weightOf({ isIndex, pages, tablePages }: Item): number {
  return isIndex ? pages * weights.indexPage + tablePages * weights.heapPage : pages * weights.heapPage;
}

/** What was loaded; the catalogue is this server's own. */
async function listItems(session: Session): Promise<Item[]> {
  return await session.query<Item>(
    `SELECT c.oid, c.relkind = 'i' AS "isIndex", coalesce(i.indisunique, false) AS "isUnique",
            n.nspname::text AS schema, c.relname::text AS name,
            o.oid::regclass::text AS of, c.relpages AS pages, coalesce(t.relpages, 0) AS "tablePages"
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid
     LEFT JOIN pg_class t ON t.oid = i.indrelid
     LEFT JOIN pg_class o ON o.reltoastrelid = coalesce(i.indrelid, c.oid)
     WHERE c.oid >= 16384 AND c.relpersistence <> 't'
       AND ((c.relkind = 'i' AND c.relam = ${String(btree)} AND i.indisvalid AND i.indisready)
         OR (c.relkind IN ('r', 'm', 't') AND c.relam = ${String(heap)}))
     ORDER BY c.oid`,
  );
}

interface Found {
  readonly damage?: string;
  readonly unchecked?: string;
}

async function lookInto(
  session: Session,
  item: Item,
  functions: Functions,
  depth: AmcheckDepth,
): Promise<Found> {
  const what = nameOf(item);
  try {
    const words = await (item.isIndex ? lookIntoIndex : lookIntoTable)(session, item, functions, depth);
    return words === undefined ? {} : { damage: `${what}: ${words}` };
  } catch (error) {
    const said = serverError(error);
    if (said === undefined) throw error;
    return { [said.kind === 'Damaged' ? 'damage' : 'unchecked']: `${what}: ${said.words}` };
  }
}

async function lookIntoIndex(
  session: Session,
  { oid, isUnique }: Item,
  { schema, checkUnique }: Functions,
  depth: AmcheckDepth,
): Promise<undefined> {
  const full = String(depth === 'Full');
  const unique = checkUnique ? `, ${String(isUnique && depth === 'Full')}` : '';
  await session.query(`SELECT ${schema}.bt_index_parent_check($1::oid::regclass, ${full}, false${unique})`, [
    oid,
  ]);
}

async function lookIntoTable(
  session: Session,
  { oid }: Item,
  { schema }: Functions,
  depth: AmcheckDepth,
): Promise<string | undefined> {
  const [row] = await session.query<{ block: number; message: string }>(
    `SELECT blkno AS block, msg AS message
     FROM ${schema}.verify_heapam($1::oid::regclass, on_error_stop => true, check_toast => $2) LIMIT 1`,
    [oid, depth === 'Full'],
  );
  return row === undefined ? undefined : `block ${String(row.block)}: ${row.message}`;
}

function nameOf({ isIndex, of, ...item }: Item): string {
  const kind = isIndex ? 'index' : 'table';
  return `${kind} ${showTable(item)}${of === null ? '' : ` (large values of ${of})`}`;
}
