import { chosen, selectionValues } from '../inventory-sql.ts';
import type { TableName } from '../quote.ts';
import { quoteIdentifier, showTable } from '../quote.ts';
import type { Checked, Finding } from './finding.ts';
import { listed } from './finding.ts';

/**
 * Tables whose policies would apply to the user. pg_dump refuses them; `--enable-row-security` would let it go on and
 * save only the rows that the user may see, which is why pgcairn never gives it.
 */
export async function rowsHidden({
  session,
  selection,
  user,
  content,
}: Checked): Promise<Finding | undefined> {
  if (content === 'SchemaOnly') return undefined;
  const rows = await session.query<TableName>(
    `${chosen}
     SELECT n.nspname::text AS schema, c.relname::text AS name
     FROM data JOIN pg_class c ON c.oid = data.oid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND c.relrowsecurity AND row_security_active(c.oid) ORDER BY 1, 2`,
    selectionValues(selection),
  );
  if (rows.length === 0) return undefined;
  return {
    reason: 'RowSecurity',
    message:
      `row security would hide rows of ${listed(rows.map(showTable))} from user ${user}: ` +
      `ALTER ROLE ${quoteIdentifier(user)} BYPASSRLS; or back up as the owner of the tables, unless they FORCE it`,
  };
}
