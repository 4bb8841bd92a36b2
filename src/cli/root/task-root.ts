import { mkdir, mkdtemp, rm, statfs, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeOwnedFolder, sweepFolders } from '../../process/owned-folder.ts';
import { removeAtOnce } from '../../process/remove-at-once.ts';
import { workerPaths } from '../../task/paths.ts';
import type { PlacedSecret } from './secret-needs.ts';

/** A folder as a worker's pod has it (src/task/paths.ts), for one command. It is gone when the command ends. */
export interface TaskRoot {
  readonly path: string;
  readonly terminationPath: string;
  remove(): Promise<void>;
}

export interface TaskRootContent {
  readonly secrets: readonly PlacedSecret[];
  /** In the place of a volume's mount. */
  readonly repositoryFolder?: string;
  /** A drill copies the objects of a run, which memory may be too small for. */
  readonly needsRoom?: boolean;
}

/** Makes the folder in memory where the system has such a place, since Secrets lie in it. */
export async function makeTaskRoot(content: TaskRootContent): Promise<TaskRoot> {
  const made: string[] = [];
  const removeAtExit = (): void => {
    for (const folder of made) removeAtOnce(folder);
  };
  const remove = async (): Promise<void> => {
    for (const folder of made) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    process.off('exit', removeAtExit);
  };
  // A second Ctrl-C ends the process without waiting for anybody.
  process.on('exit', removeAtExit);
  try {
    const parent = await memoryFolder();
    // A command that was killed could not remove its own.
    await sweepFolders([parent, tmpdir()]);
    const path = await makeFolder(parent, made);
    await fillRoot(path, content, made);
    return { path, terminationPath: join(path, 'termination-log'), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Its name tells which process it belongs to. */
async function makeFolder(parent: string, made: string[]): Promise<string> {
  const folder = await makeOwnedFolder(parent, `${String(process.pid)}-`);
  made.push(folder);
  return folder;
}

async function fillRoot(path: string, content: TaskRootContent, made: string[]): Promise<void> {
  const { secrets, repositoryFolder, needsRoom } = content;
  for (const folder of ['task', workerPaths.scratch]) await mkdir(join(path, folder), { mode: 0o700 });
  for (const { folder, keys } of secrets) {
    await mkdir(join(path, folder), { mode: 0o700, recursive: true });
    for (const [key, value] of keys) await writeFile(join(path, folder, key), value, { mode: 0o600 });
  }
  if (repositoryFolder !== undefined)
    await symlink(resolve(repositoryFolder), join(path, workerPaths.repository));
  if (needsRoom === true) await symlink(await makeFolder(tmpdir(), made), join(path, workerPaths.drill));
}

const tmpfsMagic = 0x01021994;

async function memoryFolder(): Promise<string> {
  const folder = '/dev/shm';
  try {
    if ((await statfs(folder)).type !== tmpfsMagic) return tmpdir();
    const probe = await mkdtemp(join(folder, 'pgcairn-'));
    await rm(probe, { recursive: true });
    return folder;
  } catch {
    return tmpdir();
  }
}
