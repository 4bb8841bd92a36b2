import type { Assertion } from '../../api/v1alpha1/backup-drill-assertion.ts';
import type { Session } from '../session.ts';
import type { Given } from './expectation.ts';
import { rowsToKeep, rowsToRead } from './expectation.ts';

const rowsPerFetch = 100;

/**
 * Runs the owner's query in a read-only transaction that is taken back, and reads what is needed to judge it. The text
 * may be one query and nothing else: a cursor takes no other statement, and the protocol no second one. Errors: those
 * of SQL; 57014 when `timeoutSeconds` are over.
 */
export async function runQuery(
  session: Session,
  { sql, timeoutSeconds, expect }: Pick<Assertion, 'sql' | 'timeoutSeconds' | 'expect'>,
  searchPath: string | undefined,
): Promise<Given> {
  await session.query(`SELECT set_config('search_path', $1, false)`, [searchPath ?? '"$user", public']);
  await session.query(`SELECT set_config('statement_timeout', $1, false)`, [`${String(timeoutSeconds)}s`]);
  await session.query('BEGIN READ ONLY');
  try {
    await session.queryTexts(`DECLARE pgcairn_assertion NO SCROLL CURSOR FOR ${sql}`);
    return await readGiven(session, rowsToRead(expect), rowsToKeep(expect));
  } finally {
    if (!session.lost.aborted) await session.query('ROLLBACK');
  }
}

/** Only the first rows are kept. */
async function readGiven(session: Session, limit: number, kept: number): Promise<Given> {
  const first: (string | null)[][] = [];
  let rows = 0;
  while (rows < limit) {
    const wanted = Math.min(rowsPerFetch, limit - rows);
    const some = await session.queryTexts(`FETCH FORWARD ${String(wanted)} FROM pgcairn_assertion`);
    first.push(...some.slice(0, kept - first.length));
    rows += some.length;
    if (some.length < wanted) break;
  }
  return { first, rows, more: rows === limit };
}
