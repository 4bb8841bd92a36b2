import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { compareKeys, isTemporaryName } from './object-key.ts';
import { codeOf } from './volume-errors.ts';

/** A file below a folder. `key` is relative to the root of the walk. */
export interface FoundFile {
  readonly key: string;
  readonly path: string;
  readonly bytes: number;
  readonly modified: Date;
  readonly temporary: boolean;
}

/**
 * Every plain file below `root` whose key begins with `prefix`, in the order of the keys' bytes, holding one folder's
 * names at a time for each level. Links are not followed. What vanishes meanwhile is left out.
 */
export async function* walk(root: string, prefix: string): AsyncGenerator<FoundFile, void, undefined> {
  const slash = prefix.lastIndexOf('/');
  const start = slash < 0 ? '' : prefix.slice(0, slash + 1);
  yield* walkFolder(root, start, prefix);
}

async function* walkFolder(
  root: string,
  folder: string,
  prefix: string,
): AsyncGenerator<FoundFile, void, undefined> {
  for (const entry of await entriesOf(`${root}/${folder}`)) {
    const key = folder + entry.name;
    if (entry.isDirectory()) {
      if (`${key}/`.startsWith(prefix)) yield* walkFolder(root, `${key}/`, prefix);
    } else if (entry.isFile() && key.startsWith(prefix)) {
      const file = await found(root, key, entry.name);
      if (file !== undefined) yield file;
    }
  }
}

async function entriesOf(path: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    // A folder stands where its keys stand: `a-b` before `a/b`.
    return entries.sort((a, b) => compareKeys(sortName(a), sortName(b)));
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}

function sortName(entry: Dirent): string {
  return entry.isDirectory() ? `${entry.name}/` : entry.name;
}

async function found(root: string, key: string, name: string): Promise<FoundFile | undefined> {
  const path = `${root}/${key}`;
  try {
    const { size, mtime } = await lstat(path);
    return { key, path, bytes: size, modified: mtime, temporary: isTemporaryName(name) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
