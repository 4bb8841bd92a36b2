import { assertNever } from '../../base/assert-never.ts';
import { jobType } from '../../kube/types.ts';
import type { Action } from '../../runtime/decision.ts';
import { uidOf } from '../marks.ts';
import { giveUp, hasWaitedTooLong } from './give-up.ts';
import type { RunStep, RunTypes, RunView } from './kind.ts';
import type { SeenRunJob } from './seen.ts';
import { holdOf } from './server-lease.ts';

/** The Lease wakes who waits longest for it; the wait is for the others, and for a holder that nobody hears of. */
const pollSeconds = 30;

/**
 * One Job at a server at a time. The Lease is taken in a pass of its own and read again live before the Job starts:
 * a create that meets an existing Lease is no error, so only what is read back counts.
 */
export function awaitServer<T extends RunTypes>(view: RunView<T>, child: SeenRunJob): RunStep<T> {
  const { seen, facts, run, now } = view;
  const hold = holdOf(seen, child, now);
  // Never back from Running: that stage says that the Job may have been unsuspended already.
  const stage = run.stage === 'Running' ? 'Running' : 'Waiting';
  const waitingFacts: T['facts'] = { ...facts, currentRun: { ...run, stage } };
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
        waitsFor: `the server, at which Job ${hold.by} works${hold.advice === undefined ? '' : `; ${hold.advice}`}`,
      };
    default:
      return assertNever(hold);
  }
}

/** The resourceVersion fences out an operator that acts on an older state. */
function unsuspend({ job }: SeenRunJob): Action {
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
