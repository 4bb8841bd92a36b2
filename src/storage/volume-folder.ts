import { constants } from 'node:fs';
import { mkdir, open, realpath, rmdir } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { Failure } from '../domain/failure.ts';
import { codeOf } from './volume-errors.ts';

/** Makes the names of a folder last: what was renamed into or removed from it survives a crash. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems cannot, and are none the safer for it.
    if (codeOf(error) !== 'EINVAL' && codeOf(error) !== 'ENOTSUP') throw error;
  } finally {
    await handle.close();
  }
}

/** Makes a folder and those above it that are missing, and makes them last. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o770 });
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    // Not mkdir's own recursion, which calls a read-only file system ENOENT.
    if (codeOf(error) !== 'ENOENT') throw error;
    await makeFolder(dirname(folder));
    return makeFolder(folder);
  }
  await syncFolder(dirname(folder));
}

/** Removes `folder` and the folders above it that became empty, up to but without `root`. */
export async function removeEmptyFolders(root: string, folder: string): Promise<void> {
  for (let at = folder; at.startsWith(root + sep); at = dirname(at)) {
    try {
      await rmdir(at);
    } catch {
      return;
    }
  }
}

/** Refuses a folder that a symbolic link leads out of the volume. `folder` must be there. */
export async function requireInside(root: string, folder: string): Promise<void> {
  const [real, realRoot] = await Promise.all([realpath(folder), realpath(root)]);
  if (real !== realRoot && !real.startsWith(realRoot + sep))
    throw new Failure('StoreFailed', `${folder} leads out of the volume by a symbolic link: remove it`);
}

export function pathOf(root: string, key: string): string {
  return join(root, ...key.split('/'));
}
