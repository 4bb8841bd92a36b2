import type { Clock } from '../base/clock.ts';

/** Reason of the abort when the time is over; never leaves the transport. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/**
 * Runs `work` with a signal that aborts when `caller` does or after `milliseconds`. Nothing of it is left behind
 * afterwards: no timer, no listener on a signal that may live as long as the program.
 */
export async function withDeadline<T>(
  limits: { clock: Clock; milliseconds: number; caller?: AbortSignal | undefined },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, milliseconds, caller } = limits;
  caller?.throwIfAborted();
  const scope = new AbortController();
  const timer = new AbortController();
  const onCallerAbort = (): void => scope.abort(caller?.reason);
  caller?.addEventListener('abort', onCallerAbort, { once: true });
  clock.sleep(milliseconds, timer.signal).then(
    () => scope.abort(new DeadlineExceeded(`${milliseconds} ms are over`)),
    () => undefined,
  );
  try {
    return await work(scope.signal);
  } finally {
    caller?.removeEventListener('abort', onCallerAbort);
    timer.abort(new Error('done'));
  }
}
