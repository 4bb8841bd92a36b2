import type { Clock } from '../base/clock.ts';

/** Nothing came for so long that the connection is taken for dead, whatever the socket says. */
export class InactivityError extends Error {
  override readonly name = 'InactivityError';
}

/**
 * Runs `work` with a signal that aborts with InactivityError when `alive` is not called for `milliseconds`. Armed
 * from the start: a peer that never says anything is caught too.
 */
export async function withWatchdog<T>(
  limits: { clock: Clock; milliseconds: number; caller: AbortSignal },
  work: (signal: AbortSignal, alive: () => void) => Promise<T>,
): Promise<T> {
  const { clock, milliseconds, caller } = limits;
  caller.throwIfAborted();
  const scope = new AbortController();
  const stop = new AbortController();
  const onCallerAbort = (): void => scope.abort(caller.reason);
  caller.addEventListener('abort', onCallerAbort, { once: true });
  let last = clock.monotonic();

  async function guard(): Promise<void> {
    for (let left = milliseconds; left > 0; left = last + milliseconds - clock.monotonic()) {
      await clock.sleep(left, stop.signal);
    }
    scope.abort(new InactivityError(`nothing received for ${milliseconds / 1000} s`));
  }
  guard().catch(() => undefined);
  try {
    return await work(scope.signal, () => {
      last = clock.monotonic();
    });
  } catch (error) {
    // The reason of the abort says more than what the cut socket reports.
    throw scope.signal.aborted ? scope.signal.reason : error;
  } finally {
    caller.removeEventListener('abort', onCallerAbort);
    stop.abort(new Error('done'));
  }
}
