import type { TocEntry } from '../../stream/pg-archive/format.ts';
import type { RestoreError } from '../tools/restore-progress.ts';
import { withoutValues } from '../without-values.ts';
import type { Session } from '../session.ts';

/**
 * What a dump says of triggers that a partition has from its parent, where they are switched on or off otherwise than
 * there. A partition of a partition has no order in the dump after the trigger it comes from, so that pg_restore with
 * several jobs may be too early, or be overtaken by the parent. `contents`: with definitions.
 */
export function partitionTriggers(contents: readonly TocEntry[]): TocEntry[] {
  return contents.filter(
    ({ desc, definition = '' }) => desc === 'TRIGGER' && definition.trimStart().startsWith('ALTER TABLE '),
  );
}

/** Errors without those of pg_restore about these triggers: `switchPartitionTriggers` has the last word on them. */
export function withoutTriggersOf(
  triggers: readonly TocEntry[],
  errors: readonly RestoreError[],
): RestoreError[] {
  const own = new Set(triggers.map(nameOf));
  return errors.filter(({ entry }) => entry === undefined || !own.has(entry));
}

/** Switches them once every trigger is there, in the order of the dump; what the server said to those that it refused. */
export async function switchPartitionTriggers(
  session: Session,
  triggers: readonly TocEntry[],
): Promise<RestoreError[]> {
  const refused: RestoreError[] = [];
  for (const trigger of triggers) {
    await session.query(trigger.definition ?? '').catch((error: unknown) => {
      if (session.lost.aborted || !(error instanceof Error)) throw error;
      refused.push({ entry: nameOf(trigger), words: withoutValues(error.message) });
    });
  }
  return refused;
}

/** As pg_restore calls an entry: without its schema. */
function nameOf({ desc, tag, owner = '' }: TocEntry): string {
  return `${desc} ${tag} ${owner}`;
}
