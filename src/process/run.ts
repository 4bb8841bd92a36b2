import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { execa } from 'execa';
import { ProcessError } from './process-error.ts';
import { keepTail } from './tail.ts';

export interface Command {
  /** A path, or a name that is looked for on `env.PATH`. */
  readonly program: string;
  /** Passed as they are: there is no shell. */
  readonly args: readonly string[];
  /** The whole environment of the program: nothing of ours is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Fed to the program; absent: an empty stdin. */
  readonly input?: Readable | Uint8Array;
  readonly timeoutMilliseconds?: number;
  /** Abort sends SIGTERM, and SIGKILL after `killDelayMilliseconds`. */
  readonly signal?: AbortSignal;
  /** Default 5,000. */
  readonly killDelayMilliseconds?: number;
  /** Default 16 KiB. */
  readonly stderrTailBytes?: number;
  /** Called with each line that the program writes to stderr, as it comes. */
  readonly onStderrLine?: (line: string) => void;
  /** Says what the program's failure means; the result takes the place of the `ProcessError`. */
  readonly explain?: (error: ProcessError) => Error;
}

export interface RunningProcess {
  /**
   * What the program writes. It ends only after the program ended with 0; otherwise it is destroyed with the
   * `ProcessError`. So a reader that gets to the end has everything, and a cut is never taken for the end.
   */
  readonly stdout: Readable;
  /** Resolves after exit code 0, rejects with `ProcessError`. Needs stdout to be read. */
  readonly done: Promise<ProcessEnd>;
}

export interface ProcessEnd {
  /** What the program wrote to stderr although it ended well: warnings. */
  readonly stderrTail: string;
}

const defaultTailBytes = 16 * 1024;
const defaultKillDelay = 5_000;

/** Starts a program whose output is a stream. Errors: `ProcessError` on both `stdout` and `done`. */
export function startProcess(command: Command): RunningProcess {
  const child = execa(command.program, [...command.args], {
    env: { ...command.env },
    extendEnv: false,
    shell: false,
    reject: false,
    buffer: false,
    cleanup: true,
    stdout: 'pipe',
    stderr: 'pipe',
    forceKillAfterDelay: command.killDelayMilliseconds ?? defaultKillDelay,
    ...(command.input === undefined ? { stdin: 'ignore' } : stdinOf(command.input)),
    ...(command.timeoutMilliseconds === undefined ? {} : { timeout: command.timeoutMilliseconds }),
    ...(command.signal === undefined ? {} : { cancelSignal: command.signal }),
  });
  const tail = keepTail(child.stderr, command.stderrTailBytes ?? defaultTailBytes);
  if (command.onStderrLine !== undefined) createInterface(child.stderr).on('line', command.onStderrLine);
  const done = (async (): Promise<ProcessEnd> => {
    const end = await child;
    if (!end.failed) return { stderrTail: tail.text() };
    const error = new ProcessError({ program: command.program, stderrTail: tail.text(), ...endingOf(end) });
    throw command.explain === undefined ? error : command.explain(error);
  })();
  const stdout = wholeOrError(child.stdout, done);
  // A reader that gives up must not leave the program waiting on a full pipe.
  stdout.once('close', () => child.kill('SIGTERM'));
  return { stdout, done };
}

/** Runs a program to its end and returns what it wrote, which must be small. Errors: `ProcessError`. */
export async function runProcess(command: Command): Promise<{ stdout: string } & ProcessEnd> {
  const { stdout, done } = startProcess(command);
  const [written, end] = await Promise.all([text(stdout), done]);
  return { stdout: written, ...end };
}

function stdinOf(input: Readable | Uint8Array): { input: Readable | Uint8Array } {
  return { input };
}

interface End {
  readonly failed: boolean;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly timedOut: boolean;
  readonly isCanceled: boolean;
}

function endingOf(end: End): Omit<ConstructorParameters<typeof ProcessError>[0], 'program' | 'stderrTail'> {
  const how = {
    ...(end.exitCode === undefined ? {} : { exitCode: end.exitCode }),
    ...(end.signal === undefined ? {} : { signal: end.signal }),
  };
  if (end.timedOut) return { ending: 'TimedOut', ...how };
  if (end.isCanceled) return { ending: 'Aborted', ...how };
  const ran = end.exitCode !== undefined || end.signal !== undefined;
  return { ending: ran ? 'Exited' : 'NotStarted', ...how };
}

function wholeOrError(source: Readable, done: Promise<ProcessEnd>): Readable {
  const whole = new Transform({
    transform: (chunk, _encoding, next) => next(null, chunk),
    flush: (next) => {
      done.then(
        () => next(),
        (error: Error) => next(error),
      );
    },
  });
  done.catch((error: Error) => whole.destroy(error));
  source.on('error', (error) => whole.destroy(error));
  // The failure is in `done` too: a caller that waits for it alone must not be brought down by this event.
  whole.on('error', () => undefined);
  return source.pipe(whole);
}
