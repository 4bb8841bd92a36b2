import { DatabaseError } from 'pg';
import type { TocEntry } from '../../stream/pg-archive/format.ts';
import type { Session } from '../session.ts';

/**
 * Grants what is granted on the database itself: pg_restore leaves it out where it does not make the database. Returns
 * what was refused, for a person. `contents`: with definitions.
 */
export async function applyDatabaseGrants(
  session: Session,
  contents: readonly TocEntry[],
): Promise<string[]> {
  const refused: string[] = [];
  for (const { desc, tag, definition = '' } of contents) {
    if (desc !== 'ACL' || !tag.startsWith('DATABASE ') || definition === '') continue;
    try {
      await session.query(definition);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      refused.push(`grants on database ${session.database} were left out: ${error.message}`);
    }
  }
  return refused;
}
