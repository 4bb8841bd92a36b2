import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openRegularFile } from './regular-file.ts';

/** What the names of all temporary folders of this program begin with. */
const prefix = 'pgcairn-';
const markName = '.owner';

/**
 * Makes a folder below `parent` for its owner alone (0700), marked as that of this process: should it be killed, the
 * next one removes the folder. `name` begins its name.
 */
export async function makeOwnedFolder(parent: string, name = ''): Promise<string> {
  const folder = await mkdtemp(join(parent, `${prefix}${name}`));
  await writeFile(join(folder, markName), await ownMark(), { mode: 0o600 });
  return folder;
}

/** Removes the folders below `parents` that processes of the same user have left that are gone. */
export async function sweepFolders(parents: Iterable<string>): Promise<void> {
  const [, space] = (await ownMark()).split(' ');
  for (const parent of new Set(parents)) {
    for (const name of await readdir(parent).catch(() => [])) {
      if (!name.startsWith(prefix)) continue;
      const folder = join(parent, name);
      const [pid, of] = (await readMark(join(folder, markName)))?.split(' ') ?? [];
      if (pid === undefined || of !== space || isAlive(Number(pid))) continue;
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

/** A number of a process means nothing in another container that shares the folder. */
async function ownMark(): Promise<string> {
  const space = await readlink('/proc/self/ns/pid').catch(() => 'all');
  return `${String(process.pid)} ${space}`;
}

/** Undefined where it is not ours to read: anybody may make folders where temporary ones lie. */
async function readMark(path: string): Promise<string | undefined> {
  try {
    await using file = await openRegularFile(path);
    if (file === undefined) return undefined;
    const stat = await file.stat();
    if (stat.uid !== process.getuid?.() || stat.size > 100) return undefined;
    return await file.readFile('utf8');
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
