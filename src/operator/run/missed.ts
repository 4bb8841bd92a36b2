import { counted } from '../../domain/amounts.ts';
import { toInstant } from '../../domain/instant.ts';
import { slotCountLimit } from '../../domain/schedule.ts';
import type { Journal } from './journal.ts';
import type { RunStep, RunTypes } from './kind.ts';
import type { MissReason } from './miss-reason.ts';
import type { SlotView } from './slots.ts';

/** Counts slots that will not run any more, and moves the mark past them so that they are counted once. */
export function countMissed<T extends RunTypes>(
  facts: T['facts'],
  { count, isAtLeast, last }: NonNullable<SlotView['missed']>,
  because: MissReason,
): RunStep<T> {
  const lastTime = toInstant(last);
  const before: Journal = facts;
  const mark =
    before.lastSlotTime !== undefined && before.lastSlotTime > lastTime ? before.lastSlotTime : lastTime;
  const many = isAtLeast
    ? `more than ${counted(slotCountLimit, 'run')}`
    : count === 1
      ? 'a run'
      : counted(count, 'run');
  return {
    facts: {
      ...facts,
      lastSlotTime: mark,
      missedRuns: { count: (before.missedRuns?.count ?? 0) + count, lastTime, reason: because },
    },
    actions: [],
    events: [
      {
        type: 'Warning',
        reason: 'RunMissed',
        action: 'Schedule',
        note: `missed ${many}, the last of ${lastTime}: ${because}`,
      },
    ],
  };
}
