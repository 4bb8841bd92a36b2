import { quoteIdentifier } from '../quote.ts';
import type { Session } from '../session.ts';

/**
 * Runs statements in one transaction that may write, whatever the database says of transactions by default, and
 * without triggers on events having a say in it.
 */
export async function readWrite(session: Session, statements: readonly string[]): Promise<void> {
  await session.query('BEGIN READ WRITE');
  try {
    await session.query('SET LOCAL session_replication_role = replica');
    for (const statement of statements) await session.query(statement);
    await session.query('COMMIT');
  } catch (error) {
    await session.query('ROLLBACK');
    throw error;
  }
}

/** Makes a schema for our own use, whose name no other has, and returns the name as SQL has it. */
export async function makeOwnSchema(session: Session, base: string): Promise<string> {
  const rows = await session.query<{ name: string }>('SELECT nspname::text AS name FROM pg_namespace');
  const taken = new Set(rows.map(({ name }) => name));
  let name = base;
  for (let number = 2; taken.has(name); number += 1) name = `${base}_${String(number)}`;
  const quoted = quoteIdentifier(name);
  await readWrite(session, [`CREATE SCHEMA ${quoted}`]);
  return quoted;
}
