import { assertNever } from '../../base/assert-never.ts';
import type { CurrentRun } from '../../api/v1alpha1/postgres-backup.ts';
import { cut } from '../../domain/amounts.ts';
import { addSeconds, toInstant } from '../../domain/instant.ts';
import { jobType } from '../../kube/types.ts';
import type { Action } from '../../runtime/decision.ts';
import type { Progress } from '../../task/report.ts';
import { outcomeOf } from '../job/outcome.ts';
import { endJob, releaseJob } from '../job/release.ts';
import { withRemedy } from '../job/advice.ts';
import { refusalBefore } from '../job/refusal.ts';
import type { Trouble } from '../job/trouble.ts';
import { isOver, patienceSeconds } from '../job/trouble.ts';
import { uidOf } from '../marks.ts';
import { concludeRun } from './conclude-run.ts';
import { foldBad, letGo } from './fold.ts';
import { askStore, inspectRun } from './inspect.ts';
import { makeRun } from './launch.ts';
import type { MissReason } from './missed.ts';
import { countMissed } from './missed.ts';
import { placed } from './place.ts';
import type { RunView } from './run-view.ts';
import type { BackupStep, SeenChild, SeenPresent } from './seen.ts';
import { holdOf, releaseLease } from './server-lease.ts';

const pollSeconds = 15;
/** What the status schema takes. */
const stepLimit = 128;

/** Takes the run in status one step further. */
export function advance(view: RunView): BackupStep {
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
function withoutJob(view: RunView, podsRun: boolean): BackupStep {
  const { seen, spec, facts, run } = view;
  if (run.stage === 'Running') {
    if (podsRun) return { ...waiting(view), waitsFor: 'the pod of a removed Job to end' };
    return askStore(view);
  }
  if (hasWaitedTooLong(view)) return giveUp(view, missedBecause(seen));
  const actions = makeRun(seen, spec, facts, run);
  if (actions.length === 0) return { ...waiting(view), waitsFor: `repository ${seen.repository.name}` };
  // The pass before tried, too: a run is not given up without a try after a long wait for something else.
  const refusal = refusalBefore(seen.backup.status?.conditions);
  if (refusal && isPastDeadline(view)) return foldBad(seen, facts, run, withRemedy(refusal), view.now);
  const obstacle = refusal ?? absentJob(view);
  return { facts, actions, events: [], wakeAfterSeconds: pollSeconds, obstacle };
}

/** The name is the lock: whoever has it keeps it, and a second name would be a second run. */
function collided(view: RunView, name: string): BackupStep {
  if (view.run.stage !== 'Running' && hasWaitedTooLong(view)) return giveUp(view, 'NameCollision');
  const isNews = !view.seen.backup.status?.conditions?.some(({ reason }) => reason === 'NameCollision');
  return {
    ...waiting(view),
    collision: `Job ${name}`,
    events: isNews
      ? [{ type: 'Warning', reason: 'NameCollision', action: 'Launch', note: `Job ${name} is in the way` }]
      : [],
  };
}

function withJob(view: RunView, child: SeenChild & { readonly state: 'ours' }): BackupStep {
  const { facts, run, seen, now } = view;
  const outcome = outcomeOf(child, now);
  if (outcome.state === 'finished') return concludeRun(view, outcome);
  if (child.job.metadata.deletionTimestamp !== undefined) {
    // Somebody removed it. Once it is let go its pods are stopped; then the store is asked what it came to.
    const actions = [...releaseLease(child.job, child.lease), ...releaseJob(child.job)];
    return { facts, actions, events: [], wakeAfterSeconds: pollSeconds };
  }
  if (outcome.state === 'suspended') return awaitServer(view, child);
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

/**
 * One Job at a server at a time. The Lease is taken in a pass of its own and read again live before the Job starts:
 * a create that meets an existing Lease is no error, so only what is read back counts.
 */
function awaitServer(view: RunView, child: SeenChild & { readonly state: 'ours' }): BackupStep {
  const { seen, facts, run, now } = view;
  const hold = holdOf(seen, child, now);
  // Never back from Running: that stage says that the Job may have been unsuspended already.
  const stage = run.stage === 'Running' ? 'Running' : 'Waiting';
  const waitingFacts = { ...facts, currentRun: { ...run, stage } } as const;
  switch (hold.state) {
    case 'ours':
      return {
        facts: { ...facts, currentRun: { ...run, stage: 'Running' } },
        actions: [unsuspend(child)],
        events: [],
        wakeAfterSeconds: pollSeconds,
      };
    case 'free':
      return { facts: waitingFacts, actions: [hold.take], events: [], wakeAfterSeconds: 0 };
    case 'held':
      if (stage === 'Waiting' && hasWaitedTooLong(view)) return giveUp(view, 'ServerBusy');
      return {
        facts: waitingFacts,
        actions: [],
        events: [],
        wakeAfterSeconds: pollSeconds,
        waitsFor: `the server, at which Job ${hold.by} works`,
      };
    default:
      return assertNever(hold);
  }
}

/** The resourceVersion fences out an operator that acts on an older state. */
function unsuspend({ job }: SeenChild & { readonly state: 'ours' }): Action {
  const { namespace, name, resourceVersion } = job.metadata;
  return {
    do: 'patch',
    type: jobType,
    key: { namespace: namespace ?? '', name },
    uid: uidOf(job),
    ...(resourceVersion !== undefined && { resourceVersion }),
    patch: { spec: { suspend: false } },
  };
}

/** A Job that is taken is seen in the pass after: one that is still not there failed again and again. */
function absentJob({ run, now }: RunView): Trouble | undefined {
  if (addSeconds(new Date(run.startTime), patienceSeconds) > now) return undefined;
  const message = `Job ${run.jobName} could not be made for over ${String(patienceSeconds)} s; the log of the operator holds the answers of the API server`;
  return { reason: 'JobRefused', message };
}

function isPastDeadline({ run, spec, now }: RunView): boolean {
  return now > addSeconds(new Date(run.startTime), spec.startingDeadlineSeconds);
}

/** Only a slot of the schedule grows stale: the next one follows. A request and a single run wait on. */
function hasWaitedTooLong(view: RunView): boolean {
  return view.run.trigger === 'Schedule' && isPastDeadline(view);
}

function missedBecause({ repository }: SeenPresent): MissReason {
  if (repository.state === 'ready') return 'JobNotCreated';
  return repository.state === 'missing' ? 'RepositoryMissing' : 'RepositoryNotReady';
}

/** Counts the slot as missed instead of letting it hold up those after it. Its Job never ran. */
function giveUp(view: RunView, because: MissReason): BackupStep {
  const { seen, run, facts } = view;
  const { currentRun: _given, ...others } = facts;
  const missed = countMissed(others, { count: 1, isAtLeast: false, last: new Date(run.slotTime) }, because);
  const child = seen.current;
  const actions =
    child.state === 'ours' ? [...releaseLease(child.job, child.lease), ...endJob(child.job)] : letGo(child);
  return { ...missed, actions, wakeAfterSeconds: 0 };
}

function waiting({ facts }: RunView): BackupStep {
  return { facts, actions: [], events: [], wakeAfterSeconds: pollSeconds };
}
