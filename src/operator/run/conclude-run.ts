import { askStore } from './inspect.ts';
import type { RunStep, RunTypes, RunView } from './kind.ts';
import type { Finished } from './reported.ts';
import { foldReported } from './reported.ts';

/**
 * What a Job that is over comes to. Good only by a report of a published run, bad only by a report of a failure;
 * everything else is for the store to tell.
 */
export function concludeRun<T extends RunTypes>(view: RunView<T>, outcome: Finished): RunStep<T> {
  return foldReported(view, outcome) ?? askStore(view);
}
