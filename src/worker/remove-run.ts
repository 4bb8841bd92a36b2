import type { RunFolder } from '../domain/catalogue.ts';
import type { BackupName } from '../domain/layout.ts';
import { manifestKey } from '../domain/layout.ts';
import type { Store } from '../storage/store.ts';

/**
 * Removes one run, its manifest first: if this is cut short, what is left is no run, and the next sweep takes it.
 */
export async function removeRun(
  store: Store,
  backup: BackupName,
  folder: RunFolder,
  signal: AbortSignal,
): Promise<void> {
  const manifest = manifestKey(backup, folder.runId);
  const others = folder.objects.map(({ key }) => key).filter((key) => key !== manifest);
  for (const key of [manifest, ...others]) {
    signal.throwIfAborted();
    await store.delete(key);
  }
}
