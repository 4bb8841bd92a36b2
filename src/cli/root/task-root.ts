import { rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, statfs, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
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
  /** Folder for what a drill needs room for: the copy and the restored databases. Absent: this is no drill. */
  readonly workFolder?: string;
}

/** Makes the folder in memory where the system has such a place, since Secrets lie in it. */
export async function makeTaskRoot(content: TaskRootContent): Promise<TaskRoot> {
  const made: string[] = [];
  const removeAtOnce = (): void => {
    for (const folder of made) rmSync(folder, { recursive: true, force: true });
  };
  const remove = async (): Promise<void> => {
    for (const folder of made) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    process.off('exit', removeAtOnce);
  };
  // A second Ctrl-C ends the process without waiting for anybody.
  process.on('exit', removeAtOnce);
  try {
    const path = await makeFolder(await memoryFolder(), made);
    await fillRoot(path, content, made);
    return { path, terminationPath: join(path, 'termination-log'), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** mkdtemp makes it for its owner alone (0700). Its name tells which process it belongs to. */
async function makeFolder(parent: string, made: string[]): Promise<string> {
  const folder = await mkdtemp(join(parent, `pgcairn-${String(process.pid)}-`));
  made.push(folder);
  return folder;
}

async function fillRoot(path: string, content: TaskRootContent, made: string[]): Promise<void> {
  const { secrets, repositoryFolder, workFolder } = content;
  for (const folder of ['task', workerPaths.scratch]) await mkdir(join(path, folder), { mode: 0o700 });
  for (const { folder, keys } of secrets) {
    await mkdir(join(path, folder), { mode: 0o700, recursive: true });
    for (const [key, value] of keys) await writeFile(join(path, folder, key), value, { mode: 0o600 });
  }
  if (repositoryFolder !== undefined)
    await symlink(resolve(repositoryFolder), join(path, workerPaths.repository));
  if (workFolder !== undefined) await makeDrillFolders(path, workFolder, made);
}

/**
 * The server of a drill may run as another user than this one (it refuses to be root): it must come through the
 * folders to its own, and the Secrets beside them stay closed to it.
 */
async function makeDrillFolders(path: string, workFolder: string, made: string[]): Promise<void> {
  const work = await makeFolder(workFolder, made);
  if (process.getuid?.() === 0) for (const folder of [path, work]) await chmod(folder, 0o711);
  await symlink(work, join(path, workerPaths.drill));
  await mkdir(join(path, workerPaths.socket), { mode: 0o700 });
}

const tmpfsMagic = 0x01021994;

/** Where a drill works unless it is told otherwise. */
export function defaultWorkFolder(): string {
  return tmpdir();
}

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
