import type { TocEntry } from '../../stream/pg-archive/format.ts';
import { serverError } from '../checks/sql-errors.ts';
import type { RestoreError } from '../tools/restore-progress.ts';
import type { Session } from '../session.ts';

/**
 * What comes after other entries of a dump without saying so, so that pg_restore with several jobs may be too early:
 *
 * - Triggers that a partition has from its parent, where they are switched on or off otherwise than there. That of a
 *   partition of a partition does not wait for the one above, and may also be overtaken by it, which is no error.
 * - Grants that somebody passed on, who can do so only with the right to use the schema, which is granted by another
 *   entry; and materialized views whose owner needs one of them. Only where one was refused.
 *
 * In the order of `contents`, which are with definitions; `errors` are those of pg_restore.
 */
export function unorderedEntries(
  contents: readonly TocEntry[],
  errors: readonly RestoreError[],
): readonly TocEntry[] {
  const refused = new Set(errors.map(({ entry }) => entry));
  const isEarly = contents.some((entry) => isPassedOn(entry) && refused.has(nameOf(entry)));
  return contents.filter(
    (entry) =>
      isPartitionTrigger(entry) ||
      (isEarly &&
        (isPassedOn(entry) || (entry.desc === 'MATERIALIZED VIEW DATA' && refused.has(nameOf(entry))))),
  );
}

function isPartitionTrigger({ desc, definition = '' }: TocEntry): boolean {
  return desc === 'TRIGGER' && definition.trimStart().startsWith('ALTER TABLE ');
}

function isPassedOn({ desc, definition = '' }: TocEntry): boolean {
  return desc === 'ACL' && /^SET SESSION AUTHORIZATION /m.test(definition);
}

/** Errors without those of pg_restore about these entries: `carryOut` has the last word on them. */
export function withoutErrorsOf(
  entries: readonly TocEntry[],
  errors: readonly RestoreError[],
): RestoreError[] {
  const own = new Set(entries.map(nameOf));
  return errors.filter(({ entry }) => entry === undefined || !own.has(entry));
}

/** Carries them out once everything is there, one after another; what the server said to those that it refused. */
export async function carryOut(session: Session, entries: readonly TocEntry[]): Promise<RestoreError[]> {
  const refused: RestoreError[] = [];
  for (const entry of entries) {
    // Of an entry with several statements the server takes all or none.
    await session.query(entry.definition ?? '').catch((error: unknown) => {
      const said = session.lost.aborted ? undefined : serverError(error);
      if (said === undefined) throw error;
      refused.push({ entry: nameOf(entry), words: said.words });
    });
  }
  return refused;
}

/** As pg_restore calls an entry: without its schema. */
function nameOf({ desc, tag, owner = '' }: TocEntry): string {
  return `${desc} ${tag} ${owner}`;
}
