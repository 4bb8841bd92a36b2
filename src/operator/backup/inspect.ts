import { assertNever } from '../../base/assert-never.ts';
import { jobType, networkPolicyType } from '../../kube/types.ts';
import type { Action } from '../../runtime/decision.ts';
import { outcomeOf } from '../job/outcome.ts';
import { lossOf } from '../job/loss.ts';
import { refusalBefore } from '../job/refusal.ts';
import { releaseJob } from '../job/release.ts';
import { saidFailure } from '../job/tries.ts';
import type { Trouble } from '../job/trouble.ts';
import { foldBad, foldGood } from './fold.ts';
import { lastingObstacle, lossOfRun } from './loss-of-run.ts';
import { backupNetworkPolicy, inspectJob } from './objects.ts';
import { askedElsewhere, movedWords } from './place.ts';
import type { RunView } from './run-view.ts';
import type { BackupStep, SeenChild } from './seen.ts';

/** Turns to the store: from here on it decides, and what the pod said or did not say only explains. */
export function askStore(view: RunView): BackupStep {
  const asking = { ...view, run: { ...view.run, stage: 'Inspecting' } } as const;
  return inspectRun({ ...asking, facts: { ...view.facts, currentRun: asking.run } });
}

/** A run whose worker could not say what it came to: the manifest in the store does. */
export function inspectRun(view: RunView): BackupStep {
  const { seen, facts } = view;
  const child = seen.inspect;
  switch (child.state) {
    case 'none':
    case 'absent':
      return makeInspection(view);
    case 'foreign':
      return unknown(view, `Job ${child.name} is in the way of asking the store`);
    case 'ours':
      if (
        child.job.metadata.deletionTimestamp !== undefined &&
        outcomeOf(child, view.now).state !== 'finished'
      ) {
        return { facts, actions: releaseJob(child.job), events: [], wakeAfterSeconds: 15 };
      }
      return readInspection(view, child);
    default:
      return assertNever(child);
  }
}

function makeInspection(view: RunView): BackupStep {
  const { seen, spec, facts, run } = view;
  const { settings, backup, repository } = seen;
  if (repository.state === 'missing' || repository.state === 'invalid') {
    return unknown(view, `repository ${repository.name} is ${repository.state}`);
  }
  const moved = movedWords(run, seen);
  if (moved !== undefined) return unknown(view, moved);
  const parts = { settings, backup, repository: repository.spec };
  const actions: readonly Action[] = [
    { do: 'apply', type: networkPolicyType, object: backupNetworkPolicy(parts) },
    { do: 'create', type: jobType, object: inspectJob(parts, spec, run) },
  ];
  const obstacle = lastingObstacle(seen, workerLoss(view)) ?? refusalBefore(backup.status?.conditions);
  return { facts, actions, events: [], wakeAfterSeconds: 15, obstacle };
}

function readInspection(view: RunView, child: SeenChild & { readonly state: 'ours' }): BackupStep {
  const { seen, facts, run, now } = view;
  const outcome = outcomeOf(child, now);
  if (outcome.state !== 'finished') {
    const own = outcome.state === 'active' ? outcome.trouble : undefined;
    const obstacle = own ?? lastingObstacle(seen, workerLoss(view));
    return { facts, actions: [], events: [], wakeAfterSeconds: 60, obstacle };
  }
  const elsewhere = askedElsewhere(run, child.job);
  if (elsewhere !== undefined) return unknown(view, elsewhere);
  if (outcome.report.state !== 'read') return unknown(view, outcome.loss.message);
  const said = outcome.report.report;
  if (said.kind === 'failed') return unknown(view, said.message);
  if (!outcome.complete || said.kind !== 'inspect') return unknown(view, 'the answer cannot be read');
  if (said.run === undefined) return foldBad(seen, facts, run, lossOfRun(seen, workerLoss(view)), now);
  if (said.run.runId !== run.runId) return unknown(view, `the store answered about run ${said.run.runId}`);
  return foldGood(seen, facts, run, {
    run: said.run,
    stored: said.stored,
    notes: [`${lastWords(view)}; its manifest was read from the store`],
  });
}

/** Never good without a manifest that was read: a run that nobody can tell about has failed. */
function unknown(view: RunView, because: string): BackupStep {
  const { seen, facts, run, now } = view;
  const message = `${workerLoss(view).message}, and the store could not be asked: ${because}`;
  return foldBad(seen, facts, run, { reason: 'ReportMissing', message }, now);
}

/** What is known of the worker's end, beside a manifest that holds. */
function lastWords(view: RunView): string {
  const { seen, now } = view;
  const outcome = seen.current.state === 'ours' ? outcomeOf(seen.current, now) : undefined;
  const said = outcome?.state === 'finished' ? saidFailure(outcome) : undefined;
  return said ? `the worker said ${said.reason}: ${said.message}` : workerLoss(view).message;
}

function workerLoss({ seen, now }: RunView): Trouble {
  const child = seen.current;
  if (child.state !== 'ours') return lossOf(undefined, [], 'its Job is gone');
  const outcome = outcomeOf(child, now);
  if (outcome.state !== 'finished') return lossOf(child.job, child.pods, 'its Job is not over');
  // Its own words are the reason once the store holds no manifest.
  return saidFailure(outcome) ?? outcome.loss;
}
