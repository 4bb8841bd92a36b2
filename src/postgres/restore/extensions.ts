import type { ExtensionFact } from '../../domain/inventory.ts';
import type { Session } from '../session.ts';

/** The extensions that the server has no files of, by name. */
export async function missingExtensions(
  session: Session,
  wanted: readonly ExtensionFact[],
): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    'SELECT name::text AS name FROM pg_available_extensions',
  );
  const available = new Set(rows.map(({ name }) => name));
  const names = new Set(wanted.map(({ name }) => name).filter((name) => !available.has(name)));
  return [...names].toSorted();
}
