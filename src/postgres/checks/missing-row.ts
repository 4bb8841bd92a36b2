import { quoteTable } from '../quote.ts';
import type { Session } from '../session.ts';
import type { RestoredRows } from './compare-rows.ts';
import type { RestoredTable } from './rows.ts';
import { countOne } from './rows.ts';
import { damageWords } from './sql-errors.ts';

/** What became of a row that was to be deleted. */
export type MissingRow =
  | { readonly kind: 'Deleted'; /** Rows with it. */ readonly before: number; readonly after: RestoredRows }
  | { readonly kind: 'Empty' }
  | {
      readonly kind: 'Refused';
      /** Why there is none, in the words of the server. */ readonly words: string;
    };

/**
 * Deletes one row of the table, counts it, takes the deletion back, and counts it again. No trigger, rule, foreign key
 * or publication of the owner has a say in it.
 */
export async function countWithoutARow(session: Session, table: RestoredTable): Promise<MissingRow> {
  const { refusal, after } = await rolledBack(session, async () => {
    const why = await deleteOne(session, table);
    return { refusal: why, after: await countOne(session, table) };
  });
  if (refusal !== undefined)
    return after.rows === 0 ? { kind: 'Empty' } : { kind: 'Refused', words: refusal };
  const before = await rolledBack(session, () => countOne(session, table));
  return before.rows === undefined
    ? { kind: 'Refused', words: before.unreadable ?? 'it was not counted' }
    : { kind: 'Deleted', before: before.rows, after };
}

async function rolledBack<Result>(session: Session, work: () => Promise<Result>): Promise<Result> {
  await session.query('BEGIN READ WRITE');
  try {
    return await work();
  } finally {
    if (!session.lost.aborted) await session.query('ROLLBACK');
  }
}

/** Returns why none was deleted; undefined: one was. */
async function deleteOne(session: Session, table: RestoredTable): Promise<string | undefined> {
  await session.query('SET LOCAL session_replication_role = replica');
  // Each for itself: one that the server refuses is not always needed.
  for (const statement of await hindrances(session, table)) await attempt(session, statement);
  const name = quoteTable(table);
  const deleted = await attempt(
    session,
    `DELETE FROM ONLY ${name} WHERE ctid = (SELECT ctid FROM ONLY ${name} ${table.condition ?? ''} LIMIT 1) RETURNING 1`,
  );
  if (typeof deleted === 'string') return deleted;
  return deleted === 1 ? undefined : `${String(deleted)} rows were deleted`;
}

/** Statements that take away what may refuse a deletion though the session replicates, the farthest-reaching first. */
async function hindrances(session: Session, table: RestoredTable): Promise<string[]> {
  const name = quoteTable(table);
  const rows = await session.query<{ statement: string }>(
    `SELECT format('ALTER EVENT TRIGGER %I DISABLE', evtname) AS statement, 1 AS place
       FROM pg_event_trigger WHERE evtenabled IN ('A', 'R')
     UNION ALL SELECT format('DROP PUBLICATION %I', pubname), 2 FROM pg_publication WHERE pubdelete
     UNION ALL SELECT format('ALTER TABLE ONLY %s DISABLE RULE %I', $2::text, rulename), 3
       FROM pg_rewrite WHERE ev_class = $1 AND ev_enabled IN ('A', 'R') AND rulename <> '_RETURN'
     UNION ALL SELECT format('ALTER TABLE ONLY %s DISABLE TRIGGER ALL', $2::text), 4
       WHERE EXISTS (SELECT FROM pg_trigger WHERE tgrelid = $1 AND tgenabled IN ('A', 'R'))
     ORDER BY place`,
    [table.oid, name],
  );
  return rows.map(({ statement }) => statement);
}

/** How many rows a statement returned, or the words in which the server refused it, and nothing else is undone. */
async function attempt(session: Session, statement: string): Promise<number | string> {
  await session.query('SAVEPOINT attempt');
  try {
    return (await session.query(statement)).length;
  } catch (error) {
    const words = damageWords(error);
    await session.query('ROLLBACK TO SAVEPOINT attempt');
    return words;
  }
}
