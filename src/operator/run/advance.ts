import { assertNever } from '../../base/assert-never.ts';
import type { CurrentRun } from '../../api/v1alpha1/run-status.ts';
import { cut } from '../../domain/amounts.ts';
import { addSeconds, toInstant } from '../../domain/instant.ts';
import type { Progress } from '../../task/report.ts';
import { withRemedy } from '../job/advice.ts';
import { outcomeOf } from '../job/outcome.ts';
import { refusalBefore } from '../job/refusal.ts';
import { releaseJob } from '../job/release.ts';
import type { Trouble } from '../job/trouble.ts';
import { isOver, patienceSeconds } from '../job/trouble.ts';
import { awaitServer } from './await-server.ts';
import { concludeRun } from './conclude-run.ts';
import { giveUp, hasWaitedTooLong, isPastDeadline } from './give-up.ts';
import { askStore, inspectRun } from './inspect.ts';
import type { RunStep, RunTypes, RunView } from './kind.ts';
import { makeRun } from './launch.ts';
import { placed } from './place.ts';
import type { SeenChild } from './seen.ts';
import { releaseLease } from './server-lease.ts';

const pollSeconds = 15;
/** What the status schema takes. */
const stepLimit = 128;

/** Takes the run in status one step further. */
export function advance<T extends RunTypes>(view: RunView<T>): RunStep<T> {
  const { seen, run } = view;
  if (run.stage === 'Inspecting') return inspectRun(view);
  const child = seen.current;
  switch (child.state) {
    case 'none':
    case 'absent':
      return withoutJob(view, child.state === 'absent' ? child.pods.some((pod) => !isOver(pod)) : false);
    case 'foreign':
      return collided(view, child.name);
    case 'ours':
      return withJob({ ...view, run: placed(run, child.job) }, child);
    default:
      return assertNever(child);
  }
}

/**
 * A Job that was never unsuspended can be made again. One that was may have done its work, and be gone by its time
 * to live or by somebody's hand: it is never made twice, the store is asked. First its pods must have ended, for one
 * that still runs may still publish.
 */
function withoutJob<T extends RunTypes>(view: RunView<T>, podsRun: boolean): RunStep<T> {
  const { kind, seen, spec, facts, run } = view;
  if (run.stage === 'Running') {
    if (podsRun) return { ...waiting(view), waitsFor: 'the pod of a removed Job to end' };
    return askStore(view);
  }
  if (hasWaitedTooLong(view)) return giveUp(view, kind.blocker(seen, spec) ?? 'JobNotCreated');
  const actions = makeRun(view);
  if (actions.length === 0) return { ...waiting(view), waitsFor: kind.waitsFor(seen) };
  // The pass before tried, too: a run is not given up without a try after a long wait for something else.
  const refusal = refusalBefore(seen.owner.status?.conditions);
  if (refusal && isPastDeadline(view)) return kind.foldFailure(view, withRemedy(refusal));
  const obstacle = refusal ?? absentJob(view);
  return { facts, actions, events: [], wakeAfterSeconds: pollSeconds, obstacle };
}

/** The name is the lock: whoever has it keeps it, and a second name would be a second run. */
function collided<T extends RunTypes>(view: RunView<T>, name: string): RunStep<T> {
  if (view.run.stage !== 'Running' && hasWaitedTooLong(view)) return giveUp(view, 'NameCollision');
  const isNews = !view.seen.owner.status?.conditions?.some(({ reason }) => reason === 'NameCollision');
  return {
    ...waiting(view),
    collision: `Job ${name}`,
    events: isNews
      ? [{ type: 'Warning', reason: 'NameCollision', action: 'Launch', note: `Job ${name} is in the way` }]
      : [],
  };
}

function withJob<T extends RunTypes>(
  view: RunView<T>,
  child: SeenChild & { readonly state: 'ours' },
): RunStep<T> {
  const { facts, run, seen, now } = view;
  const outcome = outcomeOf(child, now);
  if (outcome.state === 'finished') return concludeRun(view, outcome);
  if (child.job.metadata.deletionTimestamp !== undefined) {
    // Somebody removed it. Once it is let go its pods are stopped; then the store is asked what it came to.
    const actions = [...releaseLease(child.job, child.lease), ...releaseJob(child.job)];
    return { facts, actions, events: [], wakeAfterSeconds: pollSeconds };
  }
  if (outcome.state === 'suspended') return awaitServer(view, child);
  // Anything in the pod could say so: what it came to is read from the store.
  if (seen.progress?.runId === run.runId && seen.progress.ended === true) return askStore(view);
  const currentRun = withProgress({ ...run, stage: 'Running' }, seen.progress, now);
  return {
    facts: { ...facts, currentRun },
    actions: [],
    events: [],
    wakeAfterSeconds: pollSeconds,
    obstacle: outcome.trouble,
  };
}

/** Takes over what the worker said; the same as before is no news, and changes nothing. */
function withProgress(run: CurrentRun, said: Progress | undefined, now: Date): CurrentRun {
  if (said?.runId !== run.runId) return run;
  const step = cut(said.step, stepLimit);
  const { bytes, objects } = said;
  const last = run.progress;
  if (last?.step === step && last.bytes === bytes && last.objects === objects) return run;
  return { ...run, progress: { step, bytes, objects, updateTime: toInstant(now) } };
}

/** A Job that is taken is seen in the pass after: one that is still not there failed again and again. */
function absentJob<T extends RunTypes>({ run, now }: RunView<T>): Trouble | undefined {
  if (addSeconds(new Date(run.startTime), patienceSeconds) > now) return undefined;
  const message = `Job ${run.jobName} could not be made for over ${String(patienceSeconds)} s; the log of the operator holds the answers of the API server`;
  return { reason: 'JobRefused', message };
}

function waiting<T extends RunTypes>({ facts }: RunView<T>): RunStep<T> {
  return { facts, actions: [], events: [], wakeAfterSeconds: pollSeconds };
}
