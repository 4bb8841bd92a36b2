import { DatabaseError } from 'pg';
import type { SettingFact } from '../../domain/inventory.ts';
import { quoteIdentifier } from '../quote.ts';
import type { Session } from '../session.ts';

/** They load code into every session, of files that may not be here. */
const loadsCode: ReadonlySet<string> = new Set(['local_preload_libraries', 'session_preload_libraries']);

/**
 * Gives the database of the session the settings that it had. Those that this server does not take are returned, for
 * a person.
 */
export async function applySettings(session: Session, settings: readonly SettingFact[]): Promise<string[]> {
  const refused: string[] = [];
  for (const fact of settings) {
    const [name = '', ...rest] = fact.setting.split('=');
    const refusal = loadsCode.has(name)
      ? 'it loads code'
      : await apply(session, fact.role, name, rest.join('='));
    if (refusal !== undefined)
      refused.push(`setting ${name} of database ${session.database} was left out: ${refusal}`);
  }
  return refused;
}

/** By way of a transaction's own value: so lists and odd values need no rules of their own. */
async function apply(
  session: Session,
  role: string | undefined,
  name: string,
  value: string,
): Promise<string | undefined> {
  const database = quoteIdentifier(session.database);
  const target =
    role === undefined ? `DATABASE ${database}` : `ROLE ${quoteIdentifier(role)} IN DATABASE ${database}`;
  const quotedName = name.split('.').map(quoteIdentifier).join('.');
  await session.query('BEGIN');
  try {
    await session.query('SELECT set_config($1, $2, true)', [name, value]);
    await session.query(`ALTER ${target} SET ${quotedName} FROM CURRENT`);
    await session.query('COMMIT');
    return undefined;
  } catch (error) {
    await session.query('ROLLBACK');
    if (!(error instanceof DatabaseError)) throw error;
    return error.message;
  }
}
