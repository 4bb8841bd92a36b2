import { DatabaseError } from 'pg';
import type { CollationFact, Inventory } from '../../domain/inventory.ts';
import { quoteIdentifier, quoteLiteral } from '../quote.ts';
import type { Session } from '../session.ts';

/** What of a database is fixed when it is made. */
export type DatabaseForm = Pick<Inventory, 'database' | 'owner' | 'encoding' | 'collation'>;

/** SQLSTATEs of CREATE DATABASE for a locale that is unknown here, or that another library would have to serve. */
const localeStates: ReadonlySet<string> = new Set(['42809', '22023', '0A000', '58P01', '42704']);

/**
 * Makes an empty database of the same form, in place of one of the same name. Where the server lacks its locale,
 * PostgreSQL's own order takes the place: then it returns that, for a person, and nothing otherwise.
 */
export async function createDatabase(session: Session, form: DatabaseForm): Promise<string[]> {
  const name = quoteIdentifier(form.database);
  await session.query(`DROP DATABASE IF EXISTS ${name}`);
  const base = `CREATE DATABASE ${name} TEMPLATE template0 OWNER ${quoteIdentifier(form.owner)} ENCODING ${quoteLiteral(form.encoding)}`;
  try {
    await session.query(`${base} ${localeClause(form.collation, session.versionNumber)}`);
    return [];
  } catch (error) {
    if (!(error instanceof DatabaseError) || !localeStates.has(error.code ?? '')) throw error;
    const fallback = await createWithout(session, base, form.encoding);
    return [
      `database ${form.database} has the locale ${fallback} instead of ${localeName(form.collation)}, which the server does not have: text sorts in another order`,
    ];
  }
}

async function createWithout(session: Session, base: string, encoding: string): Promise<string> {
  const provider = session.versionNumber >= 150_000 ? 'LOCALE_PROVIDER libc ' : '';
  const candidates = encoding === 'UTF8' ? ['C.UTF-8', 'C'] : ['C'];
  for (const [at, locale] of candidates.entries()) {
    try {
      await session.query(`${base} ${provider}LC_COLLATE '${locale}' LC_CTYPE '${locale}'`);
      return locale;
    } catch (error) {
      if (at === candidates.length - 1) throw error;
    }
  }
  return 'C';
}

function localeClause({ provider, collate, ctype, locale }: CollationFact, versionNumber: number): string {
  const parts = [
    ...(versionNumber >= 150_000 ? [`LOCALE_PROVIDER ${provider}`] : []),
    ...(collate === undefined ? [] : [`LC_COLLATE ${quoteLiteral(collate)}`]),
    ...(ctype === undefined ? [] : [`LC_CTYPE ${quoteLiteral(ctype)}`]),
    ...(locale === undefined ? [] : [`${localeWord(provider)} ${quoteLiteral(locale)}`]),
  ];
  return parts.join(' ');
}

function localeWord(provider: string): string {
  return provider === 'builtin' ? 'BUILTIN_LOCALE' : 'ICU_LOCALE';
}

function localeName({ provider, collate, locale }: CollationFact): string {
  return `${locale ?? collate ?? 'unknown'} (${provider})`;
}
