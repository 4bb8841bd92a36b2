import type { BackupTask } from '../task/task.ts';
import type { Workspace } from './workspace.ts';

/** What every step of one backup run works with. */
export interface RunContext extends Workspace {
  readonly task: BackupTask;
  /** Of this run in the store; ends with '/'. */
  readonly folder: string;
  readonly startTime: Date;
}

/** Runs one step: says its name to the meter and the log, and how long it took. Returns with the seconds. */
export async function step<Result>(
  { meter, logger, clock, signal }: Pick<Workspace, 'meter' | 'logger' | 'clock' | 'signal'>,
  name: string,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly seconds: number }> {
  signal.throwIfAborted();
  meter.begin(name);
  const start = clock.monotonic();
  const result = await work();
  const seconds = Math.round(clock.monotonic() - start) / 1000;
  const { bytes } = meter.read();
  logger.info({ step: name, seconds, bytes }, 'step finished');
  return { result, seconds };
}
