import type { Logger } from '../base/logger.ts';
import type { Catalogue, ListedObject } from '../domain/catalogue.ts';
import { Failure } from '../domain/failure.ts';
import type { BackupName } from '../domain/layout.ts';
import { backupFolder } from '../domain/layout.ts';
import type { Store } from '../storage/store.ts';

export interface SweepContext {
  readonly store: Store;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface SweepOrder {
  readonly backup: BackupName;
  /** The run that sweeps. Folders of later runs are left alone. */
  readonly runId: string;
  /** Uploads begun before are nobody's. */
  readonly before: Date;
}

export interface Swept {
  /** How many objects and uploads went. */
  readonly removed: number;
  /** What had to be left, for a person. */
  readonly notes: readonly string[];
}

export const nothingSwept: Swept = { removed: 0, notes: [] };

/**
 * Removes what killed runs left: objects of folders without a manifest, and unfinished uploads. Safe because one
 * backup never runs twice at a time (the lease), and a folder without a manifest is no run. A delete that the store
 * refuses (a lock, a missing permission) is a note.
 */
export async function sweepLeftovers(
  context: SweepContext,
  catalogue: Pick<Catalogue, 'incomplete'>,
  order: SweepOrder,
): Promise<Swept> {
  const { store, logger } = context;
  let removed = 0;
  const notes: string[] = [];
  for (const folder of catalogue.incomplete) {
    if (folder.runId > order.runId) continue;
    const swept = await removeLeftover(context, folder.runId, folder.objects);
    removed += swept.removed;
    notes.push(...swept.notes);
    if (swept.notes.length === 0)
      logger.info({ runId: folder.runId, bytes: folder.bytes }, 'removed what an unfinished run left');
  }
  const uploads = await store.sweep(backupFolder(order.backup), order.before);
  if (uploads.uploads > 0) logger.info({ ...uploads }, 'removed unfinished uploads');
  return { removed: removed + uploads.uploads, notes };
}

/** Removes objects in the folder of a run that no manifest names, up to the first that the store will not delete. */
export async function removeLeftover(
  { store, logger, signal }: SweepContext,
  runId: string,
  objects: readonly ListedObject[],
): Promise<Swept> {
  let removed = 0;
  for (const { key } of objects) {
    signal.throwIfAborted();
    try {
      await store.delete(key);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      logger.warn({ runId, because: error.message }, 'left what an attempt at a run left behind');
      return { removed, notes: [`leftovers of run ${runId} stay for now: ${error.message}`] };
    }
    removed += 1;
  }
  return { ...nothingSwept, removed };
}
