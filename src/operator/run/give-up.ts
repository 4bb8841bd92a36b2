import { addSeconds } from '../../domain/instant.ts';
import { endJob } from '../job/release.ts';
import { without } from './journal.ts';
import type { RunStep, RunTypes, RunView } from './kind.ts';
import { letGo } from './let-go.ts';
import type { MissReason } from './miss-reason.ts';
import { countMissed } from './missed.ts';
import { releaseLease } from './server-lease.ts';

/** Only a slot of the schedule grows stale: the next one follows. A request and a single run wait on. */
export function hasWaitedTooLong<T extends RunTypes>(view: RunView<T>): boolean {
  return view.run.trigger === 'Schedule' && isPastDeadline(view);
}

export function isPastDeadline<T extends RunTypes>({ run, spec, now }: RunView<T>): boolean {
  return now > addSeconds(new Date(run.startTime), spec.startingDeadlineSeconds);
}

/** Counts the slot as missed instead of letting it hold up those after it. Its Job never ran. */
export function giveUp<T extends RunTypes>(view: RunView<T>, because: MissReason): RunStep<T> {
  const { seen, run, facts } = view;
  const slot = { count: 1, isAtLeast: false, last: new Date(run.slotTime) };
  const missed = countMissed<T>(without(facts, 'currentRun'), slot, because);
  const child = seen.current;
  const actions =
    child.state === 'ours' ? [...releaseLease(child.job, child.lease), ...endJob(child.job)] : letGo(child);
  return { ...missed, actions, wakeAfterSeconds: 0 };
}
