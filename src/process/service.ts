import { execa } from 'execa';
import { keepTail } from './tail.ts';

export interface ServiceCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** The whole environment: nothing of ours is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Who it runs as; absent: as we do. */
  readonly identity?: { readonly uid: number; readonly gid: number };
  readonly folder: string;
  /** What ends it at once and cleanly. */
  readonly stopSignal: NodeJS.Signals;
}

/** A program that runs until it is stopped. */
export interface RunningService {
  /** Resolves with the end of what it wrote, once it has ended, however. */
  readonly ended: Promise<string>;
  /** Ends it with all that it has started; resolves when it is gone. */
  stop(): Promise<void>;
}

const tailBytes = 8 * 1024;
const patienceMilliseconds = 10_000;

/**
 * Becomes the program, and leaves one behind that signals the group once nobody holds the other end of its input any
 * more: we may be killed, and can tell nobody then. A shell lets what it starts with `&` ignore SIGQUIT and SIGINT.
 */
function endingWithUs({ program, args, stopSignal }: ServiceCommand): string[] {
  const script = `exec 3<&0 </dev/null
{ while read -r _; do :; done; kill -${stopSignal.replace('SIG', '')} 0; } <&3 >/dev/null 2>&1 &
exec 3<&-
exec "$@"`;
  return ['-c', script, 'service', program, ...args];
}

/** Starts a program in a process group of its own, so that it ends as a whole, with us at the latest. */
export function startService(command: ServiceCommand): RunningService {
  const child = execa('/bin/sh', endingWithUs(command), {
    env: { ...command.env },
    extendEnv: false,
    reject: false,
    buffer: false,
    detached: true,
    // Closed when it ends, or when we do, however.
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'pipe',
    cwd: command.folder,
    ...command.identity,
  });
  const tail = keepTail(child.stderr, tailBytes);
  const signalAll = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It is gone.
    }
  };
  const onExit = (): void => signalAll(command.stopSignal);
  process.once('exit', onExit);
  const ended = (async (): Promise<string> => {
    const { shortMessage, failed } = await child;
    process.off('exit', onExit);
    const words = tail.text().trim();
    return words === '' && failed ? (shortMessage ?? '') : words;
  })();
  return {
    ended,
    stop: async () => {
      signalAll(command.stopSignal);
      const timer = setTimeout(() => signalAll('SIGKILL'), patienceMilliseconds);
      await ended;
      clearTimeout(timer);
    },
  };
}
