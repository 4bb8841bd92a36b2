import type { LogicalSpec } from '../api/v1alpha1/logical.ts';
import type { InventoriedKind } from '../domain/inventory.ts';
import type { Selection } from './selection.ts';

type Content = LogicalSpec['content'];

/** FirstNormalObjectId: everything below was made by initdb. */
const firstUserOid = 16_384;
/** The predefined role that owns `public` from 15 on. */
const databaseOwnerRole = 6_171;

/** Values for `$1` to `$5` of the statements below. */
export function selectionValues(selection: Selection): readonly (readonly number[])[] {
  const { includeSchemas, includeTables, excludeSchemas, excludeTables, excludeTableData } = selection;
  return [includeSchemas, includeTables, excludeSchemas, excludeTables, excludeTableData];
}

/**
 * What pg_dump chooses, as common table expressions: the rules of its selectDumpable… functions.
 *   everything   no schema or table was included by name
 *   ns           schemas; `contains`: what lies in it is dumped
 *   member       objects of extensions, which CREATE EXTENSION brings back
 *   rel          tables, views, sequences with `dump`: its definition and data are dumped
 *                `isElsewhere`: unlogged, and this is a standby, which does not have the rows
 *   config       tables of extensions whose rows are the user's
 *   data         tables whose rows are dumped, with the condition that an extension gives
 */
export const chosen = `
WITH RECURSIVE everything AS (
  SELECT $1::oid[] = '{}' AND $2::oid[] = '{}' AS yes
), member AS (
  SELECT classid, objid FROM pg_depend WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
), ns AS (
  SELECT n.oid, n.nspname, n.nspowner, n.oid <> ALL ($3::oid[]) AND
    CASE WHEN $2::oid[] <> '{}' THEN false
         WHEN $1::oid[] <> '{}' THEN n.oid = ANY ($1::oid[])
         ELSE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' END AS contains
  FROM pg_namespace n
), own AS (
  SELECT c.oid, c.relnamespace, c.relname, c.relkind, c.relispartition, c.relispopulated, c.relrowsecurity,
    c.relpersistence = 'u' AND pg_is_in_recovery() AS "isElsewhere",
    NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
    AND c.oid <> ALL ($4::oid[])
    AND CASE WHEN $2::oid[] <> '{}' THEN c.oid = ANY ($2::oid[]) ELSE ns.contains END AS dump
  FROM pg_class c JOIN ns ON ns.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
), owner AS (
  SELECT d.objid AS sequence, d.refobjid AS relation, d.deptype = 'i' AS identity
  FROM pg_depend d JOIN own s ON s.oid = d.objid AND s.relkind = 'S'
  WHERE d.classid = 'pg_class'::regclass AND d.objsubid = 0 AND d.refclassid = 'pg_class'::regclass
    AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
), rel AS (
  SELECT own.oid, own.relnamespace, own.relname, own.relkind, own.relispartition, own.relispopulated,
    own.relrowsecurity, own."isElsewhere", owner.identity, t.dump AS "ownerDump",
    CASE WHEN owner.identity THEN t.dump ELSE own.dump OR coalesce(t.dump, false) END AS dump
  FROM own LEFT JOIN owner ON owner.sequence = own.oid LEFT JOIN own t ON t.oid = owner.relation
), config AS (
  SELECT c.oid, c.relkind, nullif(x.condition, '') AS condition
  FROM pg_extension e CROSS JOIN everything
  CROSS JOIN unnest(e.extconfig, e.extcondition) AS x(relation, condition)
  JOIN pg_class c ON c.oid = x.relation JOIN ns ON ns.oid = c.relnamespace
  WHERE (everything.yes OR ns.contains OR c.oid = ANY ($2::oid[]))
    AND c.oid <> ALL ($4::oid[]) AND ns.oid <> ALL ($3::oid[])
), data AS (
  SELECT rel.oid, rel.relkind, NULL AS condition FROM rel
  WHERE rel.dump AND rel.relkind IN ('r', 'S', 'm') AND rel.oid <> ALL ($5::oid[]) AND NOT rel."isElsewhere"
  UNION ALL
  SELECT config.oid, config.relkind, config.condition FROM config WHERE config.oid <> ALL ($5::oid[])
), indexed AS (
  SELECT i.indexrelid, con.oid IS NOT NULL AS "isConstraint",
    EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid) AND rel.relispartition AS attached
  FROM pg_index i JOIN rel ON rel.oid = i.indrelid AND rel.dump
  LEFT JOIN pg_constraint con
    ON con.conrelid = i.indrelid AND con.conindid = i.indexrelid AND con.contype IN ('p', 'u', 'x')
  WHERE (i.indisvalid OR rel.relkind = 'p') AND i.indisready
), stale AS (
  SELECT oid AS view, oid AS reached FROM pg_class WHERE relkind = 'm'
  UNION
  SELECT stale.view, d.refobjid FROM stale JOIN pg_rewrite r ON r.ev_class = stale.reached
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
    AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> stale.reached
  JOIN pg_class c ON c.oid = d.refobjid AND c.relkind IN ('m', 'v')
)`;

/** Rows of a catalogue that are in a dumped schema and of no extension. */
function inSchema(catalogue: string, namespace: string, condition = 'true'): string {
  return `SELECT count(*) FROM ${catalogue} o JOIN ns ON ns.oid = o.${namespace} AND ns.contains
    WHERE ${noMember(catalogue)} AND ${condition}`;
}

/** Rows of a catalogue that lie outside any schema: dumped when everything is. */
function outside(catalogue: string, condition = 'true'): string {
  return `SELECT count(*) FROM ${catalogue} o CROSS JOIN everything
    WHERE everything.yes AND ${noMember(catalogue)} AND ${condition}`;
}

function noMember(catalogue: string): string {
  return `NOT EXISTS (SELECT FROM member m WHERE m.classid = '${catalogue}'::regclass AND m.objid = o.oid)`;
}

function relations(condition: string): string {
  return `SELECT count(*) FROM rel WHERE rel.dump AND ${condition}`;
}

/** Rows that hang on a dumped table. */
function ofTable(catalogue: string, table: string, condition = 'true'): string {
  return `SELECT count(*) FROM ${catalogue} o JOIN rel ON rel.oid = o.${table} AND rel.dump WHERE ${condition}`;
}

const userMade = `o.oid >= ${firstUserOid}`;
/** Not made by the server as a part of something else, such as the constructors and casts of a range type. */
function standalone(catalogue: string): string {
  return `NOT EXISTS (SELECT FROM pg_depend d
    WHERE d.classid = '${catalogue}'::regclass AND d.objid = o.oid AND d.deptype = 'i')`;
}

type Counts = Readonly<Partial<Record<InventoriedKind, string>>>;

const dataCounts: Counts = {
  'TABLE DATA': `SELECT count(*) FROM data WHERE relkind = 'r'`,
  'SEQUENCE SET': `SELECT count(*) FROM data WHERE relkind = 'S'`,
};

/** Statements to refresh them, and so part of the definition too. */
const refreshCounts: Counts = {
  'MATERIALIZED VIEW DATA': `SELECT count(*) FROM data WHERE relkind = 'm' AND NOT EXISTS (
    SELECT FROM stale JOIN pg_class c ON c.oid = stale.reached
    WHERE stale.view = data.oid AND c.relkind = 'm' AND NOT c.relispopulated)`,
};

const definitionCounts: Counts = {
  'ACCESS METHOD': outside('pg_am', userMade),
  AGGREGATE: inSchema('pg_proc', 'pronamespace', `o.prokind = 'a'`),
  CAST: outside('pg_cast', `${userMade} AND ${standalone('pg_cast')}`),
  COLLATION: inSchema('pg_collation', 'collnamespace'),
  CONSTRAINT: `SELECT (SELECT count(*) FROM indexed WHERE "isConstraint") + (${ofTable('pg_constraint', 'conrelid', `o.contype = 'n' AND NOT o.convalidated AND o.conislocal`)})`,
  CONVERSION: inSchema('pg_conversion', 'connamespace'),
  DOMAIN: inSchema('pg_type', 'typnamespace', `o.typtype = 'd'`),
  'EVENT TRIGGER': outside('pg_event_trigger'),
  EXTENSION: `SELECT count(*) FROM pg_extension o CROSS JOIN everything WHERE everything.yes AND ${userMade}`,
  'FK CONSTRAINT': ofTable('pg_constraint', 'conrelid', `o.contype = 'f' AND o.conparentid = 0`),
  'FOREIGN DATA WRAPPER': outside('pg_foreign_data_wrapper'),
  'FOREIGN TABLE': relations(`rel.relkind = 'f'`),
  FUNCTION: inSchema('pg_proc', 'pronamespace', `o.prokind IN ('f', 'w') AND ${standalone('pg_proc')}`),
  INDEX: `SELECT count(*) FROM indexed WHERE NOT "isConstraint"`,
  'INDEX ATTACH': `SELECT count(*) FROM indexed WHERE attached`,
  'MATERIALIZED VIEW': relations(`rel.relkind = 'm'`),
  OPERATOR: inSchema('pg_operator', 'oprnamespace', 'o.oprcode <> 0'),
  'OPERATOR CLASS': inSchema('pg_opclass', 'opcnamespace'),
  'OPERATOR FAMILY': inSchema('pg_opfamily', 'opfnamespace'),
  POLICY: ofTable('pg_policy', 'polrelid'),
  'PROCEDURAL LANGUAGE': outside('pg_language', userMade),
  PROCEDURE: inSchema('pg_proc', 'pronamespace', `o.prokind = 'p'`),
  PUBLICATION: outside('pg_publication'),
  'ROW SECURITY': relations(`rel.relrowsecurity AND rel.relkind IN ('r', 'p')`),
  SCHEMA: `SELECT count(*) FROM ns o WHERE o.contains AND ${noMember('pg_namespace')}
    AND NOT (o.nspname = 'public' AND $1::oid[] = '{}' AND o.nspowner = ${databaseOwnerRole})`,
  SEQUENCE: relations(`rel.relkind = 'S'`),
  'SEQUENCE OWNED BY': relations(`rel.relkind = 'S' AND NOT rel.identity AND rel."ownerDump"`),
  SERVER: outside('pg_foreign_server'),
  STATISTICS: `SELECT count(*) FROM pg_statistic_ext o JOIN ns ON ns.oid = o.stxnamespace AND ns.contains
    JOIN rel ON rel.oid = o.stxrelid AND rel.dump WHERE ${noMember('pg_statistic_ext')}`,
  SUBSCRIPTION: `SELECT count(*) FROM pg_subscription o CROSS JOIN everything WHERE everything.yes
    AND o.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND current_setting('is_superuser') = 'on'`,
  TABLE: relations(`rel.relkind IN ('r', 'p')`),
  'TABLE ATTACH': relations('rel.relispartition'),
  'TEXT SEARCH CONFIGURATION': inSchema('pg_ts_config', 'cfgnamespace'),
  'TEXT SEARCH DICTIONARY': inSchema('pg_ts_dict', 'dictnamespace'),
  'TEXT SEARCH PARSER': inSchema('pg_ts_parser', 'prsnamespace'),
  'TEXT SEARCH TEMPLATE': inSchema('pg_ts_template', 'tmplnamespace'),
  TRANSFORM: outside('pg_transform', userMade),
  // In 13 and 14 the copies of a trigger on partitions are internal; from 15 on they only have a parent.
  TRIGGER: `SELECT count(*) FROM pg_trigger o JOIN rel ON rel.oid = o.tgrelid AND rel.dump
    LEFT JOIN pg_trigger p ON p.oid = o.tgparentid
    WHERE (NOT o.tgisinternal AND o.tgparentid = 0) OR o.tgenabled <> p.tgenabled`,
  // Row types of tables and the array and multirange types that come with another type have no entry of their own.
  TYPE: inSchema(
    'pg_type',
    'typnamespace',
    `(o.typtype IN ('b', 'c', 'e', 'r') OR NOT o.typisdefined)
     AND (o.typrelid = 0 OR EXISTS (SELECT FROM pg_class c WHERE c.oid = o.typrelid AND c.relkind = 'c'))
     AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = o.oid)`,
  ),
  'USER MAPPING': `SELECT count(*) FROM pg_user_mappings u JOIN pg_foreign_server o ON o.oid = u.srvid
    CROSS JOIN everything WHERE everything.yes AND ${noMember('pg_foreign_server')}`,
  VIEW: relations(`rel.relkind = 'v'`),
};

/** Until 17 pg_dump left a publication's tables and schemas out when they were not dumped themselves. */
function publicationCounts({ versionNumber, clientMajor }: Versions): Counts {
  const always = clientMajor >= 18;
  return {
    'PUBLICATION TABLE': `SELECT count(*) FROM pg_publication_rel o CROSS JOIN everything
      JOIN rel ON rel.oid = o.prrelid AND (rel.dump OR ${always}) WHERE everything.yes`,
    ...(versionNumber < 150_000
      ? {}
      : {
          'PUBLICATION TABLES IN SCHEMA': `SELECT count(*) FROM pg_publication_namespace o
            JOIN ns ON ns.oid = o.pnnspid AND (ns.contains OR ${always}) CROSS JOIN everything
            WHERE everything.yes`,
        }),
  };
}

export interface Versions {
  /** Of the server. */
  readonly versionNumber: number;
  /** Of pg_dump. */
  readonly clientMajor: number;
}

/** One statement that gives (kind, count) for every kind that pg_dump writes for this content. */
export function objectCountsSql(content: Content, versions: Versions): string {
  const counts: Counts = {
    ...(content === 'DataOnly' ? {} : { ...definitionCounts, ...publicationCounts(versions) }),
    ...(content === 'SchemaOnly' ? {} : dataCounts),
    ...(content === 'All' ? refreshCounts : {}),
  };
  const parts = Object.entries(counts).map(([kind, sql]) => `SELECT '${kind}' AS kind, (${sql}) AS count`);
  return `${chosen}\n${parts.join('\nUNION ALL ')}`;
}

/** Tables whose rows are dumped, the largest first as of their last ANALYZE: asking the files would wait for locks. */
export const dataTablesSql = `${chosen}
SELECT n.nspname::text AS schema, c.relname::text AS name, c.oid, t.condition
FROM data t JOIN pg_class c ON c.oid = t.oid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE t.relkind = 'r'
ORDER BY c.relpages DESC, 1, 2`;
