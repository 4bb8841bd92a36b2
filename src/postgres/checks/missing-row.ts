import { quoteTable } from '../quote.ts';
import type { Session } from '../session.ts';
import type { RestoredRows } from './compare-rows.ts';
import type { RestoredTable } from './rows.ts';
import { countOne } from './rows.ts';
import { damageWords } from './sql-errors.ts';

/** What became of a row that was to be deleted. */
export type MissingRow =
  | { readonly before: RestoredRows; readonly after: RestoredRows }
  | { /** Why there is none. */ readonly notDeleted: string };

/**
 * Counts the table, deletes one row of it, counts it again, and takes everything back. No trigger, rule or foreign key
 * of the owner has a say in it.
 */
export async function countWithoutARow(session: Session, table: RestoredTable): Promise<MissingRow> {
  await session.query('BEGIN READ WRITE');
  try {
    const before = await countOne(session, table);
    const deleted = await deleteOne(session, table);
    return deleted === 1
      ? { before, after: await countOne(session, table) }
      : { notDeleted: `${String(deleted)} rows were deleted` };
  } catch (error) {
    return { notDeleted: damageWords(error) };
  } finally {
    await session.query('ROLLBACK');
  }
}

async function deleteOne(session: Session, table: RestoredTable): Promise<number> {
  const name = quoteTable(table);
  await session.query(`SET LOCAL session_replication_role = replica`);
  // A published table without a key cannot be deleted from.
  await session.query(`ALTER TABLE ONLY ${name} REPLICA IDENTITY FULL`);
  const rows = await session.query(
    `DELETE FROM ONLY ${name} WHERE ctid = (SELECT ctid FROM ONLY ${name} ${table.condition ?? ''} LIMIT 1) RETURNING 1`,
  );
  return rows.length;
}
