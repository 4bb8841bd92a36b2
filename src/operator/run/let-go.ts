import type { Action } from '../../runtime/decision.ts';
import { releaseJob } from '../job/release.ts';
import { without } from './journal.ts';
import type { RunStep, RunTypes } from './kind.ts';
import type { SeenChild, SeenRunJob, SeenRuns } from './seen.ts';
import { releaseLease } from './server-lease.ts';

/** Gives the server back and lets the Job go, in this order: the Job is what leads back to the Lease. */
export function letGo(child: SeenChild): readonly Action[] {
  return child.state === 'ours' ? release(child) : [];
}

/** Jobs of an object that is gone: nobody will read their reports. */
export function releaseOrphans(orphans: readonly SeenRunJob[]): readonly Action[] {
  return orphans.flatMap(release);
}

/** The run is over: it leaves the journal, and what held its report is let go. */
export function endRun<T extends RunTypes>(
  seen: SeenRuns,
  facts: T['facts'],
  events: RunStep<T>['events'],
): RunStep<T> {
  return {
    facts: without(facts, 'currentRun'),
    actions: [...letGo(seen.inspect), ...letGo(seen.current)],
    events,
  };
}

function release({ job, lease }: SeenRunJob): readonly Action[] {
  return [...releaseLease(job, lease), ...releaseJob(job)];
}
