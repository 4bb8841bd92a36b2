import { createHash } from 'node:crypto';
import { access, constants, mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { withLock } from './lock.ts';

const unusedForMilliseconds = 30 * 24 * 3600 * 1000;

/** Folder for everything that is built once and kept outside the source tree. */
export function cacheDir(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'pgcairn');
}

/**
 * The same for files that an unprivileged user must be able to run (PostgreSQL refuses to run as root): the cache
 * folder, unless it lies below a folder that only its owner may enter, as root's home often does.
 */
export async function sharedCacheDir(): Promise<string> {
  const own = cacheDir();
  await mkdir(own, { recursive: true });
  for (let folder = own; ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return '/var/cache/pgcairn';
    if (folder === dirname(folder)) return own;
  }
}

export async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

/** Twelve hexadecimal digits over the parts; a part's length counts, so that parts cannot run into each other. */
export function keyOf(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest('hex').slice(0, 12);
}

/** Contents of all files below `folders` and of `files`, each with its name: inputs for a cache key. */
export async function fileInputs(paths: readonly string[]): Promise<string[]> {
  const parts: string[] = [];
  for (const path of paths) {
    if ((await stat(path)).isFile()) {
      parts.push(path.split('/').at(-1) ?? path, await readFile(path, 'latin1'));
      continue;
    }
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.toSorted()) parts.push(file.slice(path.length), await readFile(file, 'latin1'));
  }
  return parts;
}

export interface CacheEntry {
  /** Folder under the cache folder, and name of the entry in it. */
  readonly name: string;
  /** Everything that the result depends on, the version of the recipe included. */
  readonly inputs: readonly string[];
  /** Root of the cache: `cacheDir()` unless another is given. */
  readonly root?: string;
  /** Entries of this name to keep, newest first. Absent: all that were used in the last 30 days. */
  readonly keep?: number;
}

/**
 * Gives the folder that `build` fills, from the cache when its inputs are unchanged. `build` writes into a folder of
 * another name, which is renamed when complete, so that a half-built result is never seen; of two processes one builds
 * and the other waits. Entries of the same name that nobody used for 30 days are removed after a build.
 */
export async function cached(entry: CacheEntry, build: (folder: string) => Promise<void>): Promise<string> {
  const root = entry.root ?? cacheDir();
  const parent = join(root, entry.name);
  const folder = join(parent, keyOf(entry.inputs));
  if (await used(folder)) return folder;
  return withLock(join(root, 'locks', entry.name.replaceAll('/', '-')), async () => {
    if (await used(folder)) return folder;
    await mkdir(parent, { recursive: true });
    await removeStale(parent, entry.keep);
    const partial = `${folder}.partial`;
    await mkdir(partial);
    try {
      await build(partial);
      await rename(partial, folder);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
    return folder;
  });
}

async function used(folder: string): Promise<boolean> {
  if (!(await exists(folder))) return false;
  await utimes(folder, new Date(), new Date()).catch(() => undefined);
  return true;
}

/** Called under the lock, before one more is built: what is partial was left by a process that died. */
async function removeStale(parent: string, keep = Infinity): Promise<void> {
  const whole: { path: string; usedAt: number }[] = [];
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    if (name.endsWith('.partial')) await rm(path, { recursive: true, force: true });
    else whole.push({ path, usedAt: (await stat(path)).mtimeMs });
  }
  whole.sort((a, b) => b.usedAt - a.usedAt);
  for (const [position, { path, usedAt }] of whole.entries()) {
    const stale = position >= keep - 1 || Date.now() - usedAt > unusedForMilliseconds;
    if (stale) await rm(path, { recursive: true, force: true });
  }
}
