import { Failure } from '../../domain/failure.ts';
import type { DrillContext } from './ledger.ts';

/** For work that does not heed its signal at once. */
const graceMilliseconds = 30_000;

/**
 * Does the work of a drill within limits.deadlineSeconds. When they are over its signal aborts, and it is left to
 * itself should it not heed that. Errors: `Failure` DeadlineExceeded, whatever the work came to after its time; its own.
 */
export async function withinDeadline(
  context: DrillContext,
  work: (context: DrillContext) => Promise<void>,
): Promise<void> {
  const { clock, signal, task } = context;
  const { deadlineSeconds } = task.spec.limits;
  const late = new Failure(
    'DeadlineExceeded',
    `the drill took longer than limits.deadlineSeconds, ${String(deadlineSeconds)} s`,
  );
  const deadline = new AbortController();
  const done = new AbortController();
  const timeOver = async (): Promise<void> => {
    await clock.sleep(deadlineSeconds * 1000, done.signal);
    deadline.abort(late);
    await clock.sleep(graceMilliseconds, done.signal);
  };
  try {
    await Promise.race([
      work({ ...context, signal: AbortSignal.any([signal, deadline.signal]) }),
      timeOver(),
    ]);
  } catch (error) {
    throw deadline.signal.aborted ? late : error;
  } finally {
    done.abort();
  }
  deadline.signal.throwIfAborted();
}
