/** Schemas of the user, and no object that belongs to an extension: those come back with it, as its author made them. */
const userTables = `
WITH member AS (
  SELECT objid FROM pg_depend
  WHERE deptype = 'e' AND classid = 'pg_class'::regclass AND refclassid = 'pg_extension'::regclass
), tab AS (
  SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispartition, c.relispopulated
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.oid NOT IN (SELECT objid FROM member)
)`;

export const tablesSql = `${userTables}
SELECT t.oid, t.nspname::text AS schema, t.relname::text AS name,
  CASE t.relkind WHEN 'r' THEN 'Table' WHEN 'p' THEN 'Partitioned' WHEN 'm' THEN 'MaterializedView' ELSE 'Foreign' END
    AS kind,
  CASE WHEN t.relispartition THEN h.inhparent END AS parent, t.relispopulated AS "isPopulated",
  (SELECT coalesce(json_agg(json_build_object('name', a.attname, 'quoted', quote_ident(a.attname)) ORDER BY a.attnum), '[]')
   FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM tab t LEFT JOIN pg_inherits h ON h.inhrelid = t.oid AND t.relispartition
ORDER BY 2, 3`;

/** A key's sign holds the number of its column or its expression, and all that decides how it sorts and compares. */
const keys = `(
  SELECT json_agg(json_build_object(
    'column', a.attname,
    'sign', concat_ws(' | ', CASE WHEN k.attnum = 0 THEN pg_get_indexdef(i.indexrelid, k.at::int, false)
      ELSE k.attnum::text END, k.opclass, k.coll, k.direction, ia.attoptions),
    'family', o.opcfamily::int8,
    'isDefaultClass', o.opcdefault,
    'isColumnCollation', k.coll = coalesce(a.attcollation, k.coll)
  ) ORDER BY k.at)
  FROM unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[], i.indoption::int2[])
    WITH ORDINALITY AS k(attnum, opclass, coll, direction, at)
  JOIN pg_opclass o ON o.oid = k.opclass
  JOIN pg_attribute ia ON ia.attrelid = i.indexrelid AND ia.attnum = k.at
  LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum <> 0
  WHERE k.at <= i.indnkeyatts
)`;

export const indexesSql = `${userTables}
SELECT c.oid, i.indrelid AS table, t.nspname::text AS schema, c.relname::text AS name, m.amname::text AS method,
  ${keys} AS keys,
  ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, at)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE k.at > i.indnkeyatts ORDER BY k.at) AS included,
  pg_get_expr(i.indpred, i.indrelid) AS predicate,
  CASE WHEN i.indisunique
    THEN concat_ws(' | ', i.indimmediate, coalesce(to_jsonb(i)->>'indnullsnotdistinct', 'false')) END AS uniqueness,
  i.indisvalid AND i.indisready AS "isValid", c.relkind = 'I' AS "isPartitioned",
  CASE WHEN c.relispartition THEN h.inhparent END AS parent,
  CASE con.contype WHEN 'p' THEN 'PrimaryKey' WHEN 'u' THEN 'Unique' WHEN 'x' THEN 'Exclusion' END AS constraint,
  i.indisreplident OR i.indisclustered AS "isMarked",
  i.indisunique AND EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.confrelid = i.indrelid
    AND ARRAY(SELECT unnest(f.confkey) ORDER BY 1)
      = ARRAY(SELECT k.attnum FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, at)
              WHERE k.at <= i.indnkeyatts ORDER BY 1)) AS "isTarget",
  CASE WHEN c.relkind = 'i' THEN pg_relation_size(c.oid) ELSE 0 END AS "sizeBytes",
  pg_get_indexdef(c.oid) AS definition,
  format('CREATE %sINDEX %I ON %s%I.%I ', CASE WHEN i.indisunique THEN 'UNIQUE ' END, c.relname,
    CASE WHEN c.relkind = 'I' THEN 'ONLY ' END, t.nspname, t.relname) AS head
FROM pg_index i JOIN tab t ON t.oid = i.indrelid JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
LEFT JOIN pg_inherits h ON h.inhrelid = c.oid AND c.relispartition
LEFT JOIN pg_constraint con
  ON con.conindid = c.oid AND con.conrelid = i.indrelid AND con.contype IN ('p', 'u', 'x')
WHERE c.oid NOT IN (SELECT objid FROM member)
ORDER BY 3, 4`;

/** Those of partitions come with that of their root; one that is not enforced asks nothing of the table. */
export const foreignKeysSql = `${userTables}
SELECT f.conname::text AS name, f.conrelid AS table,
  json_build_object('schema', rn.nspname, 'name', r.relname) AS target,
  coalesce((to_jsonb(f)->>'conperiod')::boolean, false) AS "isTemporal",
  (SELECT json_agg(json_build_object('name', a.attname, 'quoted', quote_ident(a.attname), 'families',
     ARRAY(SELECT DISTINCT p.amopfamily::int8 FROM pg_amop p JOIN pg_operator o ON o.oid = k.operator
           WHERE p.amopopr IN (o.oid, o.oprcom))) ORDER BY k.at)
   FROM unnest(f.conkey, f.conpfeqop) WITH ORDINALITY AS k(attnum, operator, at)
   JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.attnum) AS columns
FROM pg_constraint f JOIN tab t ON t.oid = f.conrelid
JOIN pg_class r ON r.oid = f.confrelid JOIN pg_namespace rn ON rn.oid = r.relnamespace
WHERE f.contype = 'f' AND f.conparentid = 0 AND coalesce(to_jsonb(f)->>'conenforced', 'true') = 'true'
ORDER BY t.nspname, t.relname, f.conname`;

export const relationsSql = `
SELECT n.nspname::text AS schema, c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;
