import { assertNever } from '../../base/assert-never.ts';
import { withRemedy } from '../job/advice.ts';
import { outcomeOf } from '../job/outcome.ts';
import { refusalBefore } from '../job/refusal.ts';
import { releaseJob } from '../job/release.ts';
import { saidFailure } from '../job/tries.ts';
import type { Trouble } from '../job/trouble.ts';
import { isOver } from '../job/trouble.ts';
import type { RunStep, RunTypes, RunView } from './kind.ts';
import { makeObjects } from './launch.ts';
import { lastingObstacle, lossOfRun, workerLoss } from './loss-of-run.ts';
import { askedElsewhere, movedWords } from './place.ts';
import { foldReported } from './reported.ts';
import type { SeenChild } from './seen.ts';

/** Turns to the store: from here on it decides, and what the pod said or did not say only explains. */
export function askStore<T extends RunTypes>(view: RunView<T>): RunStep<T> {
  const run = { ...view.run, stage: 'Inspecting' } as const;
  return inspectRun({ ...view, run, facts: { ...view.facts, currentRun: run } });
}

/** A run whose worker could not say what it came to, or stays for a look: what lies in the store does. */
export function inspectRun<T extends RunTypes>(view: RunView<T>): RunStep<T> {
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

function makeInspection<T extends RunTypes>(view: RunView<T>): RunStep<T> {
  const { kind, seen, facts, run, now } = view;
  const { repository, owner } = seen;
  const objects = kind.inspectObjects(view);
  if (!objects) return unknown(view, `repository ${repository.name} is ${repository.state}`);
  const moved = movedWords(run, repository);
  if (moved !== undefined) return unknown(view, moved);
  const obstacle = lastingObstacle(seen, workerLoss(seen, now)) ?? refusalBefore(owner.status?.conditions);
  return { facts, actions: makeObjects(objects), events: [], wakeAfterSeconds: 15, obstacle };
}

function readInspection<T extends RunTypes>(
  view: RunView<T>,
  child: SeenChild & { readonly state: 'ours' },
): RunStep<T> {
  const { kind, seen, facts, run, now } = view;
  const outcome = outcomeOf(child, now);
  if (outcome.state !== 'finished') {
    const own = outcome.state === 'active' ? outcome.trouble : undefined;
    const obstacle = own ?? lastingObstacle(seen, workerLoss(seen, now));
    return { facts, actions: [], events: [], wakeAfterSeconds: 60, obstacle };
  }
  const elsewhere = askedElsewhere(run, child.job);
  if (elsewhere !== undefined) return unknown(view, elsewhere);
  if (outcome.report.state !== 'read') return unknown(view, outcome.loss.message);
  const said = outcome.report.report;
  if (said.kind === 'failed') return notTold(view, said);
  const answer = outcome.complete ? kind.readAnswer(said) : undefined;
  if (!answer) return unknown(view, 'the answer cannot be read');
  const { found } = answer;
  if (!found) return byTheWorker(view) ?? kind.foldFailure(view, lossOfRun(view));
  if (found.runId !== run.runId) return unknown(view, `the store answered about run ${found.runId}`);
  return found.fold(view, `${lastWords(view)}; its ${kind.record} was read from the store`);
}

/** What the inspection fails with when the record of the run is there and does not hold. */
const recordInvalid = { manifest: 'ManifestInvalid', evidence: 'EvidenceInvalid' } as const;

/** A record that does not hold is an answer of the store; any other failure is one to ask it. */
function notTold<T extends RunTypes>(view: RunView<T>, { reason, message }: Trouble): RunStep<T> {
  const { kind } = view;
  if (reason !== recordInvalid[kind.record]) return unknown(view, message);
  return kind.foldFailure(view, withRemedy({ reason, message: `${lastWords(view)}; ${message}` }));
}

/** Never good without a record that was read: a run that nobody can tell about has failed. */
function unknown<T extends RunTypes>(view: RunView<T>, because: string): RunStep<T> {
  const said = byTheWorker(view);
  if (said) return said;
  const message = `${workerLoss(view.seen, view.now).message}, and the store could not be asked: ${because}`;
  return view.kind.foldFailure(view, { reason: 'ReportMissing', message });
}

/** What a worker that stayed for a look says in the end, where the store told nothing; until then it is waited for. */
function byTheWorker<T extends RunTypes>(view: RunView<T>): RunStep<T> | undefined {
  const { seen, facts, now } = view;
  if (seen.current.state !== 'ours') return undefined;
  const { job } = seen.current;
  const outcome = outcomeOf(seen.current, now);
  if (outcome.state === 'finished') return foldReported(view, outcome);
  const actions = job.metadata.deletionTimestamp === undefined ? [] : releaseJob(job);
  return { facts, actions, events: [], wakeAfterSeconds: 60 };
}

/** What is known of the worker's end, beside what the store tells. */
function lastWords<T extends RunTypes>({ seen, now }: RunView<T>): string {
  const { current } = seen;
  const outcome = current.state === 'ours' ? outcomeOf(current, now) : undefined;
  if (current.state === 'ours' && outcome?.state === 'active')
    return `pod ${current.pods.find((pod) => !isOver(pod))?.metadata.name ?? 'of the Job'} stays for a look`;
  const said = outcome?.state === 'finished' ? saidFailure(outcome) : undefined;
  return said ? `the worker said ${said.reason}: ${said.message}` : workerLoss(seen, now).message;
}
