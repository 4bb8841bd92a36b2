import { withRemedy } from '../job/advice.ts';
import type { JobOutcome } from '../job/outcome.ts';
import { mayBePublished, saidFailure } from '../job/tries.ts';
import { askStore } from './inspect.ts';
import type { EndView, RunStep, RunTypes, RunView } from './kind.ts';

type Finished = Extract<JobOutcome, { state: 'finished' }>;

/**
 * What a Job that is over comes to. Good only by a report of a published run, bad only by a report of a failure;
 * everything else is for the store to tell.
 */
export function concludeRun<T extends RunTypes>(view: RunView<T>, outcome: Finished): RunStep<T> {
  return foldReported(view, outcome) ?? askStore(view);
}

/** The part of it that needs no spec: what the worker itself tells of the end. */
export function foldReported<T extends RunTypes>(
  view: EndView<T>,
  outcome: Finished,
): RunStep<T> | undefined {
  const { kind, seen } = view;
  const { complete, report } = outcome;
  const folded = complete && report.state === 'read' ? kind.foldReport(view, report.report) : undefined;
  if (folded) return folded;
  const failure = saidFailure(outcome);
  const pods = seen.current.state === 'ours' ? seen.current.pods : [];
  if (failure && !mayBePublished(pods)) {
    return kind.foldFailure(view, withRemedy(kind.inOwnTerms(failure)));
  }
  return undefined;
}
