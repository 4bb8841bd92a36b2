import type { Catalogue, RunFolder } from '../domain/catalogue.ts';
import { Failure } from '../domain/failure.ts';
import { backupFolder, ownerKey } from '../domain/layout.ts';
import type { OwnerMarker } from '../domain/owner-marker.ts';
import { contestOf, ownedUids } from '../domain/owner-marker.ts';
import type { Report } from '../task/report.ts';
import type { PruneTask } from '../task/task.ts';
import { readCatalogue } from './catalogue.ts';
import { readOwner } from './owner.ts';
import { removeRun } from './remove-run.ts';
import type { Workspace } from './workspace.ts';

/**
 * Removes the runs of a backup whose deletionPolicy is Delete, oldest first, and then its owner file. Runs of other
 * objects that it did not follow stay, and so does every run whose manifest cannot be believed. Throws `Failure`
 * PrefixForeign where another object of the same name has taken the folder over, or contests it.
 */
export async function pruneBackup(task: PruneTask, workspace: Workspace): Promise<Report> {
  const { store, signal, logger } = workspace;
  const owner = await readOwner(store, task.backup, signal);
  requireUncontested(owner, task);
  const catalogue = await readCatalogue(workspace, task.backup);
  const { mine, left } = shareOut(catalogue, owner, task.backup.uid);
  for (const folder of mine) {
    await removeRun(store, task.backup, folder, signal);
    logger.info({ runId: folder.runId, bytes: folder.bytes }, 'removed a run');
  }
  for (const { runId, bytes } of left) logger.warn({ runId, bytes }, 'left a run that is not surely ours');
  if (owner !== undefined) await store.sweep(backupFolder(task.backup), workspace.clock.now());
  if (left.length === 0) await store.delete(ownerKey(task.backup));
  return {
    version: 1,
    kind: 'prune',
    removedRuns: mine.filter(({ hasManifest }) => hasManifest).length,
    removedBytes: mine.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function requireUncontested(owner: OwnerMarker | undefined, { backup }: PruneTask): void {
  if (owner === undefined) return;
  const contest = contestOf(owner);
  if (contest === undefined && owner.uid === backup.uid) return;
  throw new Failure(
    'PrefixForeign',
    `no run is removed: ${ownerKey(backup)} says that ${contest ?? `the folder belongs to another PostgresBackup (uid ${owner.uid}) now`}`,
  );
}

/** `mine` oldest first. Without an owner file a folder that has no manifest may be another's run that goes on. */
function shareOut(
  catalogue: Catalogue,
  owner: OwnerMarker | undefined,
  uid: string,
): { readonly mine: readonly RunFolder[]; readonly left: readonly RunFolder[] } {
  const uids = ownedUids(owner, uid);
  const believed = catalogue.runs.filter(({ manifest }) => uids.has(manifest.backup.uid));
  const mine = [
    ...believed.map(({ folder }) => folder),
    ...(owner === undefined ? [] : catalogue.incomplete),
  ].toSorted((a, b) => (a.runId < b.runId ? -1 : 1));
  const all = [...catalogue.runs, ...catalogue.invalid].map(({ folder }) => folder);
  return { mine, left: [...all, ...catalogue.incomplete].filter((folder) => !mine.includes(folder)) };
}
