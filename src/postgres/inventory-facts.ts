import type { CollationFact, ExtensionFact, Inventory, LeftOut, SettingFact } from '../domain/inventory.ts';
import { chosen, selectionValues } from './inventory-sql.ts';
import type { Selection } from './selection.ts';
import type { Session } from './session.ts';

export type DatabaseFacts = Pick<
  Inventory,
  | 'oid'
  | 'sizeBytes'
  | 'owner'
  | 'encoding'
  | 'collation'
  | 'extensions'
  | 'settings'
  | 'roles'
  | 'tablespaces'
>;

/** What a restore has to know beyond the dump itself. */
export async function readDatabaseFacts(session: Session): Promise<DatabaseFacts> {
  const database = await readDatabase(session);
  return {
    ...database,
    extensions: await session.query<ExtensionFact>(
      `SELECT e.extname::text AS name, e.extversion AS version, n.nspname::text AS schema
       FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace ORDER BY 1`,
    ),
    settings: await readSettings(session, database.oid),
    roles: await readRoles(session, database.oid),
    tablespaces: await readTablespaces(session),
  };
}

interface DatabaseRow {
  readonly oid: number;
  readonly bytes: number;
  readonly owner: string;
  readonly encoding: string;
  readonly catalogue: Readonly<Record<string, unknown>>;
}

type DatabaseRowFacts = Pick<DatabaseFacts, 'oid' | 'sizeBytes' | 'owner' | 'encoding' | 'collation'>;

async function readDatabase(session: Session): Promise<DatabaseRowFacts> {
  const [row] = await session.query<DatabaseRow>(
    `SELECT d.oid, pg_database_size(d.oid) AS bytes, pg_get_userbyid(d.datdba)::text AS owner,
            pg_encoding_to_char(d.encoding)::text AS encoding, to_jsonb(d) - 'datacl' AS catalogue
     FROM pg_database d WHERE d.datname = current_database()`,
  );
  if (row === undefined) throw new Error('the current database is not in pg_database');
  const { oid, owner, encoding } = row;
  return { oid, owner, encoding, sizeBytes: row.bytes, collation: collationOf(row.catalogue) };
}

/** Columns come and go: the provider came with 15, and the locale moved in 17. */
function collationOf(catalogue: Readonly<Record<string, unknown>>): CollationFact {
  const text = (...names: readonly string[]): string | undefined =>
    names.map((name) => catalogue[name]).find((value) => typeof value === 'string');
  const collate = text('datcollate');
  const ctype = text('datctype');
  const locale = text('datlocale', 'daticulocale');
  const version = text('datcollversion');
  return {
    provider: providers[text('datlocprovider') ?? 'c'] ?? 'libc',
    ...(collate === undefined ? {} : { collate }),
    ...(ctype === undefined ? {} : { ctype }),
    ...(locale === undefined ? {} : { locale }),
    ...(version === undefined ? {} : { version }),
  };
}

const providers: Readonly<Record<string, string>> = { b: 'builtin', c: 'libc', i: 'icu' };

async function readSettings(session: Session, oid: number): Promise<SettingFact[]> {
  const rows = await session.query<{ role: string | null; setting: string }>(
    `SELECT r.rolname::text AS role, unnest(s.setconfig) AS setting
     FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole
     WHERE s.setdatabase = $1 ORDER BY 1 NULLS FIRST, 2`,
    [oid],
  );
  return rows.map(({ role, setting }) => (role === null ? { setting } : { role, setting }));
}

/** Owners, and those named in privileges and policies. The role that made the server is not recorded as such. */
async function readRoles(session: Session, oid: number): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `SELECT r.rolname::text AS name FROM pg_roles r
     WHERE r.oid IN (SELECT refobjid FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass
                     AND (dbid = $1 OR (dbid = 0 AND classid = 'pg_database'::regclass AND objid = $1)))
        OR r.oid = (SELECT datdba FROM pg_database WHERE oid = $1)
     ORDER BY 1`,
    [oid],
  );
  return rows.map(({ name }) => name);
}

async function readTablespaces(session: Session): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `SELECT DISTINCT t.spcname::text AS name FROM pg_class c JOIN pg_tablespace t ON t.oid = c.reltablespace
     WHERE t.spcname <> 'pg_global' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

/** What a person may think is in the dump, and is not. Only what there is of it. */
export async function readLeftOut(session: Session, selection: Selection): Promise<LeftOut[]> {
  const rows = await session.query<LeftOut>(
    `${chosen}
     SELECT what, count FROM (
       SELECT 'rows of foreign tables' AS what, (SELECT count(*) FROM rel WHERE dump AND relkind = 'f') AS count
       UNION ALL
       SELECT 'subscriptions, which only a superuser may read', (SELECT count(*) FROM pg_subscription
         WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND current_setting('is_superuser') = 'off')
       UNION ALL
       SELECT 'prepared transactions', (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database())
       UNION ALL
       SELECT 'rows of unlogged tables, which a standby does not have', (SELECT count(*) FROM rel
         WHERE dump AND relkind = 'r' AND "isElsewhere")
       UNION ALL
       SELECT 'tables without their rows, by exclude.tableData', (SELECT count(*) FROM rel
         WHERE dump AND relkind = 'r' AND oid = ANY ($5::oid[]))
     ) AS t WHERE count > 0`,
    selectionValues(selection),
  );
  return rows;
}
