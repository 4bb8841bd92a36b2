import { addSeconds, secondsUntil, toInstant } from '../../domain/instant.ts';
import type { Journal } from './journal.ts';
import { without } from './journal.ts';
import type { RunKind, RunStep, RunTypes } from './kind.ts';
import type { MissReason } from './miss-reason.ts';
import { countMissed } from './missed.ts';
import type { DueSlot, SlotView } from './slots.ts';
import { viewSlots } from './slots.ts';

/** The schedule brought up to date: misses counted, the next time known; `due` is left to launch. */
export interface SettledSlots<T extends RunTypes> {
  readonly step: RunStep<T>;
  readonly due?: DueSlot;
}

/** An object with what is known of it before a pass changes anything. */
export interface KindView<T extends RunTypes> {
  readonly kind: RunKind<T>;
  readonly seen: T['seen'];
  readonly spec: T['spec'];
  readonly now: Date;
}

export function settleSlots<T extends RunTypes>(
  { kind, seen, spec, now }: KindView<T>,
  before: T['facts'],
): SettledSlots<T> {
  const view = viewSlots(seen.owner, spec, before, now);
  const missReason = (): MissReason => {
    const { currentRun }: Journal = before;
    return currentRun ? 'PreviousRunActive' : (kind.blocker(seen, spec) ?? 'OperatorUnavailable');
  };
  const counted: RunStep<T> = view.missed
    ? countMissed<T>(before, view.missed, missReason())
    : { facts: before, actions: [], events: [] };
  const facts = without(counted.facts, 'nextRunTime');
  return {
    step: {
      facts: { ...facts, ...(view.nextTime && { nextRunTime: toInstant(view.nextTime) }) },
      actions: [],
      events: counted.events,
      wakeAfterSeconds: wakeOf(view, now),
    },
    ...(view.due && { due: view.due }),
  };
}

/** At the next slot; for one that is due but cannot start, when it becomes a missed one. */
function wakeOf({ due, nextTime }: SlotView, now: Date): number | undefined {
  if (due?.expires) return secondsUntil(addSeconds(due.expires, 1), now);
  if (nextTime === undefined || nextTime <= now) return undefined;
  return secondsUntil(nextTime, now);
}
