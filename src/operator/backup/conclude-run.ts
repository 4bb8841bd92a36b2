import type { JobOutcome } from '../job/outcome.ts';
import { withRemedy } from '../job/advice.ts';
import { mayBePublished, saidFailure } from '../job/tries.ts';
import { foldBad, foldGood } from './fold.ts';
import { askStore } from './inspect.ts';
import { movedWords } from './place.ts';
import type { RunView } from './run-view.ts';
import type { BackupStep } from './seen.ts';

type Finished = Extract<JobOutcome, { state: 'finished' }>;

/**
 * What a Job that is over comes to. Good only by a report of a published run, bad only by a report of a failure;
 * everything else is for the store to tell.
 */
export function concludeRun(view: RunView, outcome: Finished): BackupStep {
  return foldReported(view, outcome) ?? askStore(view);
}

/** The part of it that needs no spec: what the worker itself tells of the end. */
export function foldReported(view: Omit<RunView, 'spec'>, outcome: Finished): BackupStep | undefined {
  const { seen, facts, run, now } = view;
  const { complete, report } = outcome;
  if (report.state === 'read') {
    const said = report.report;
    if (complete && said.kind === 'backup' && said.run.runId === run.runId) {
      const moved = movedWords(run, seen);
      const notes = moved === undefined ? said.notes : [...said.notes, moved];
      return foldGood(seen, facts, run, { run: said.run, stored: said.stored, notes });
    }
  }
  const failure = saidFailure(outcome);
  const pods = seen.current.state === 'ours' ? seen.current.pods : [];
  if (failure && !mayBePublished(pods)) return foldBad(seen, facts, run, withRemedy(failure), now);
  return undefined;
}
