import { chmod, chown, mkdir, rm, symlink } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { statfs } from 'node:fs/promises';
import { drillServerScript } from '../../domain/drill-server.ts';
import { Failure } from '../../domain/failure.ts';
import { makeOwnedFolder } from '../../process/owned-folder.ts';
import { removeAtOnce } from '../../process/remove-at-once.ts';
import { runProcess } from '../../process/run.ts';
import type { RunningService } from '../../process/service.ts';
import { startService } from '../../process/service.ts';
import { workerPaths } from '../../task/paths.ts';
import type { LocalServer } from '../workspace.ts';
import { availableProcessors } from './processors.ts';

export interface LocalServerRequest {
  /** The worker's root: the socket will be where a pod has it. */
  readonly root: string;
  readonly major: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly programs: LocalServer;
}

/** A server of this machine, started for one drill. */
export interface StartedServer extends RunningService {
  /** Ends the server and removes all of it. */
  stop(): Promise<void>;
}

/** Of the memory of the machine, which others use too. */
const memoryShare = 0.25;

/**
 * Starts the throw-away server on this machine, by the script that a pod runs. As root it runs as an account that is
 * not, since PostgreSQL refuses root. It may take a moment until it answers.
 */
export async function startLocalServer(request: LocalServerRequest): Promise<StartedServer> {
  const { root, major, settings, programs } = request;
  const identity = await unprivileged();
  // Beside the root: another account may not pass through there. And short, as names of sockets have to be.
  const home = await makeOwnedFolder(tmpdir(), 'server-');
  const socketFolder = join(home, 'socket');
  try {
    await mkdir(socketFolder);
    for (const folder of [home, socketFolder]) {
      await chmod(folder, 0o700);
      if (identity !== undefined) await chown(folder, identity.uid, identity.gid);
    }
    const link = join(root, workerPaths.socket);
    await rm(link, { recursive: true, force: true });
    await symlink(socketFolder, link);
    const { bavail, bsize } = await statfs(home);
    const script = drillServerScript({
      major,
      settings,
      folder: home,
      socketFolder,
      programFolders: programs.programFolders,
      memoryBytes: totalmem() * memoryShare,
      processors: availableProcessors(),
      volumeBytes: bavail * bsize,
    });
    const service = startService({
      program: '/bin/sh',
      args: ['-c', script],
      env: { PATH: programs.searchPath },
      folder: home,
      stopSignal: 'SIGQUIT',
      ...(identity === undefined ? {} : { identity }),
    });
    // After the service has registered its own: the server is told to end before its files go.
    const removeAtExit = (): void => removeAtOnce(home);
    process.once('exit', removeAtExit);
    return {
      ended: service.ended,
      stop: async () => {
        await service.stop();
        await removeAll(home, link);
        process.off('exit', removeAtExit);
      },
    };
  } catch (error) {
    await removeAll(home);
    throw error;
  }
}

async function removeAll(...paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, { recursive: true, force: true });
}

/** Undefined: we are nobody in particular ourselves. */
async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const account of ['postgres', 'nobody']) {
    const found = await Promise.all([idOf(account, '-u'), idOf(account, '-g')]).catch(() => undefined);
    if (found !== undefined) return { uid: found[0], gid: found[1] };
  }
  throw new Failure(
    'DrillServerFailed',
    'PostgreSQL does not run as root, and neither postgres nor nobody is an account here: run as another user',
  );
}

async function idOf(account: string, option: '-u' | '-g'): Promise<number> {
  const { stdout } = await runProcess({ program: '/usr/bin/id', args: [option, account], env: {} });
  return Number(stdout.trim());
}
