import { counted } from '../../domain/amounts.ts';
import { majorOf } from '../version.ts';
import { chosen, selectionValues } from '../inventory-sql.ts';
import type { TableName } from '../quote.ts';
import { quoteIdentifier, quoteTable, showIdentifier, showTable } from '../quote.ts';
import type { Checked, Finding } from './finding.ts';
import { listed } from './finding.ts';

/** Each of the answers below is refused when it is longer; then the shorter one for everything is given. */
const grantLimit = 10;

/** pg_dump locks the tables of every schema that it dumps, which takes USAGE. */
export async function schemasNotUsable(checked: Checked): Promise<Finding | undefined> {
  const { session, selection, user } = checked;
  const rows = await session.query<{ name: string }>(
    `${chosen}
     SELECT n.nspname::text AS name FROM pg_namespace n
     WHERE n.oid IN (SELECT relnamespace FROM rel WHERE dump AND relkind IN ('r', 'p', 'S'))
       AND NOT has_schema_privilege(n.oid, 'USAGE') ORDER BY 1`,
    selectionValues(selection),
  );
  if (rows.length === 0) return undefined;
  const names = rows.map(({ name }) => name);
  const grants = names.map(
    (name) => `GRANT USAGE ON SCHEMA ${quoteIdentifier(name)} TO ${quoteIdentifier(user)};`,
  );
  return {
    reason: 'PrivilegeMissing',
    message: `user ${user} may not use schema ${listed(names.map(showIdentifier))}: ${remedy(checked, grants)}`,
  };
}

/** Tables and sequences that may not be read. A schema-only dump locks the tables too, which takes the same. */
export async function relationsNotReadable(checked: Checked): Promise<Finding | undefined> {
  const { session, selection, user, content } = checked;
  const rows = await session.query<TableName & { sequence: boolean }>(
    `${chosen}
     SELECT n.nspname::text AS schema, rel.relname::text AS name, rel.relkind = 'S' AS sequence
     FROM rel JOIN pg_namespace n ON n.oid = rel.relnamespace
     WHERE rel.dump AND rel.relkind = ANY ($6::"char"[])
       AND CASE WHEN rel.relkind = 'S' THEN NOT has_sequence_privilege(rel.oid, 'SELECT')
                ELSE NOT has_table_privilege(rel.oid, 'SELECT') END
     ORDER BY 3, 1, 2`,
    [...selectionValues(selection), content === 'SchemaOnly' ? ['r', 'p'] : ['r', 'p', 'S']],
  );
  if (rows.length === 0) return undefined;
  const grants = rows.map(
    (row) =>
      `GRANT SELECT ON ${row.sequence ? 'SEQUENCE ' : ''}${quoteTable(row)} TO ${quoteIdentifier(user)};`,
  );
  return {
    reason: 'PrivilegeMissing',
    message: `user ${user} may not read ${listed(rows.map(showTable))}: ${remedy(checked, grants)}`,
  };
}

/** pg_read_all_data exists from 14 on. It covers tables, sequences and schemas, present and future. */
function remedy({ session, user }: Checked, grants: readonly string[]): string {
  const everything = `GRANT pg_read_all_data TO ${quoteIdentifier(user)};`;
  if (majorOf(session.versionNumber) < 14) return grants.slice(0, grantLimit).join(' ');
  return grants.length > grantLimit ? everything : `${grants.join(' ')} or for all: ${everything}`;
}

/** Large objects that may not be read: pg_read_all_data does not cover them. */
export async function largeObjectsNotReadable(checked: Checked): Promise<Finding | undefined> {
  const { session, user, content } = checked;
  if (content === 'SchemaOnly') return undefined;
  const rows = await session.query<{ oid: number; owner: string }>(
    `SELECT o.oid, pg_get_userbyid(o.lomowner)::text AS owner FROM pg_largeobject_metadata o
     WHERE current_setting('lo_compat_privileges') = 'off' AND current_setting('is_superuser') = 'off'
       AND NOT pg_has_role(o.lomowner, 'USAGE')
       AND NOT EXISTS (SELECT FROM aclexplode(o.lomacl) a WHERE a.privilege_type = 'SELECT'
                       AND (a.grantee = 0 OR pg_has_role(a.grantee, 'USAGE')))
     ORDER BY 1`,
  );
  if (rows.length === 0) return undefined;
  const owners = [...new Set(rows.map(({ owner }) => owner))];
  const grants = owners.map((owner) => `GRANT ${quoteIdentifier(owner)} TO ${quoteIdentifier(user)};`);
  return {
    reason: 'PrivilegeMissing',
    message:
      `user ${user} may not read ${counted(rows.length, 'large object')} (${listed(rows.map(({ oid }) => String(oid)))}): ` +
      `GRANT SELECT ON LARGE OBJECT ${rows[0]?.oid} TO ${quoteIdentifier(user)}; and so on, or make the user a ` +
      `member of their owner: ${grants.slice(0, grantLimit).join(' ')}`,
  };
}

/** Password hashes are in pg_authid, which managed services keep to themselves. */
export async function rolePasswordsNotReadable({
  session,
  user,
  globals,
}: Checked): Promise<Finding | undefined> {
  if (globals !== 'RolesWithPasswords') return undefined;
  const [row] = await session.query<{ readable: boolean }>(
    `SELECT has_table_privilege('pg_authid', 'SELECT') AS readable`,
  );
  if (row?.readable === true) return undefined;
  return {
    reason: 'PrivilegeMissing',
    message:
      `user ${user} may not read the password hashes in pg_authid: set spec.logical.globals to Roles, ` +
      `or GRANT SELECT ON pg_catalog.pg_authid TO ${quoteIdentifier(user)};`,
  };
}
