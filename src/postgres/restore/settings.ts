import { DatabaseError } from 'pg';
import type { SettingFact } from '../../domain/inventory.ts';
import { quoteIdentifier } from '../quote.ts';
import type { Session } from '../session.ts';

/** What a copy is better without, and why. */
const leftOut: Readonly<Record<string, string>> = {
  local_preload_libraries: 'it loads code that may not be here',
  session_preload_libraries: 'it loads code that may not be here',
  default_transaction_read_only: 'nothing could be written to try it',
};

/**
 * Gives the database of the session the settings that it had. Those that this server does not take are returned, for
 * a person.
 */
export async function applySettings(session: Session, settings: readonly SettingFact[]): Promise<string[]> {
  const refused: string[] = [];
  for (const fact of settings) {
    const [name = '', ...rest] = fact.setting.split('=');
    const refusal = leftOut[name] ?? (await apply(session, fact.role, name, rest.join('=')));
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
