import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { workerPaths } from '../../task/paths.ts';

/** The worker's own folders on the drill's volume. */
export interface DrillFolders {
  /** The volume itself. */
  readonly volume: string;
  /** Objects as they lie in the store. */
  readonly copy: string;
  /** What is in them. */
  readonly plain: string;
  /** For the files of checks and controls. */
  readonly scratch: string;
}

/** Makes the folders empty: an attempt before may have been killed. */
export async function openFolders(root: string): Promise<DrillFolders> {
  const folders = foldersOf(root);
  await removeFolders(folders);
  for (const folder of [folders.copy, folders.plain, folders.scratch])
    await mkdir(folder, { recursive: true });
  return folders;
}

export async function removeFolders({ copy, plain, scratch }: DrillFolders): Promise<void> {
  await Promise.all([copy, plain, scratch].map((folder) => rm(folder, { recursive: true, force: true })));
}

function foldersOf(root: string): DrillFolders {
  const volume = join(root, workerPaths.drill);
  return {
    volume,
    copy: join(volume, 'copy'),
    plain: join(volume, 'plain'),
    scratch: join(volume, 'scratch'),
  };
}
