import { withRemedy } from '../job/advice.ts';
import type { JobOutcome } from '../job/outcome.ts';
import { mayBePublished, saidFailure } from '../job/tries.ts';
import type { EndView, RunStep, RunTypes } from './kind.ts';

export type Finished = Extract<JobOutcome, { state: 'finished' }>;

/** What the worker itself tells of the end; undefined where it tells nothing that can be used. Needs no spec. */
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
