import { outcomeOf } from '../job/outcome.ts';
import type { Trouble } from '../job/trouble.ts';
import { rest, soonest } from '../step.ts';
import { advance } from './advance.ts';
import { foldReported } from './reported.ts';
import type { Journal } from './journal.ts';
import type { RunKind, RunStep, RunTypes } from './kind.ts';
import { launch } from './launch.ts';
import { adopt, sortLeftovers } from './leftovers.ts';
import { releaseOrphans } from './let-go.ts';
import type { KindView, SettledSlots } from './settle-slots.ts';
import { settleSlots } from './settle-slots.ts';

/**
 * One pass over an object that runs Jobs by a schedule. How a run goes, each arrow at least one pass, each pass safe to
 * repeat:
 *
 *   due slot → Launching → (Job seen) Waiting → (Lease ours) Running → folded
 *                                                              └→ Inspecting → folded
 *
 * Status names a step before the step is done; a result is in status before the Job that holds it is let go.
 */
export function passRuns<T extends RunTypes>(view: KindView<T>, before: T['facts']): RunStep<T> {
  const { kind, seen } = view;
  const leftovers = sortLeftovers(kind, seen, before);
  const facts = leftovers.adopted ? adopt<T>(seen.owner, before, leftovers.adopted) : before;
  const slots = settleSlots(view, facts);
  const step: RunStep<T> = leftovers.adopted
    ? { ...rest(slots.step.facts), wakeAfterSeconds: 0 }
    : nextStep(view, slots);
  // A launch or a give-up moves the mark: what the schedule owes is then seen anew.
  const anew = settleSlots(view, step.facts).step;
  return {
    ...step,
    facts: anew.facts,
    actions: [...leftovers.actions, ...releaseOrphans(seen.orphans), ...step.actions],
    events: [...slots.step.events, ...step.events, ...anew.events],
    wakeAfterSeconds: soonest(slots.step.wakeAfterSeconds, step.wakeAfterSeconds, anew.wakeAfterSeconds),
  };
}

/** While the spec is invalid nothing is begun, but a run that ends is recorded as far as it tells of itself. */
export function foldEnded<T extends RunTypes>(
  kind: RunKind<T>,
  seen: T['seen'],
  facts: T['facts'],
  now: Date,
): RunStep<T> | undefined {
  const { currentRun: run }: Journal = facts;
  if (!run || seen.current.state !== 'ours') return undefined;
  const outcome = outcomeOf(seen.current, now);
  return outcome.state === 'finished' ? foldReported({ kind, seen, facts, run, now }, outcome) : undefined;
}

/** What kept the worker of a run from ever starting stays: its conditions are the last witness. */
export function withRefusal<T extends RunTypes>(step: RunStep<T>, refusal: Trouble): RunStep<T> {
  const { obstacle } = step;
  return { ...step, obstacle: obstacle && obstacle.reason !== refusal.reason ? obstacle : refusal };
}

function nextStep<T extends RunTypes>(view: KindView<T>, { step, due }: SettledSlots<T>): RunStep<T> {
  const { facts } = step;
  const { currentRun }: Journal = facts;
  if (currentRun) return advance({ ...view, facts, run: currentRun });
  if (!due || view.kind.blocker(view.seen, view.spec) !== undefined) return rest(facts);
  return launch(view, facts, due);
}
