import { toInstant } from '../../domain/instant.ts';
import { slotCountLimit } from '../../domain/schedule.ts';
import type { BackupStep, Facts } from './seen.ts';
import type { SlotView } from './slots.ts';

/** Why a slot did not run: the closed list of status.missedRuns.reason. */
export type MissReason =
  /** Nobody was there to start it: the operator did not run, or was not leading. */
  | 'OperatorUnavailable'
  | 'PreviousRunActive'
  | 'RepositoryMissing'
  | 'RepositoryNotReady'
  /** Another Job kept the server to itself. */
  | 'ServerBusy'
  | 'NameCollision'
  /** The API server refused the Job: quota, admission. */
  | 'JobNotCreated';

/** Counts slots that will not run any more, and moves the mark past them so that they are counted once. */
export function countMissed(
  facts: Facts,
  { count, isAtLeast, last }: NonNullable<SlotView['missed']>,
  because: MissReason,
): BackupStep {
  const lastTime = toInstant(last);
  const mark =
    facts.lastSlotTime !== undefined && facts.lastSlotTime > lastTime ? facts.lastSlotTime : lastTime;
  const many = isAtLeast
    ? `more than ${String(slotCountLimit)} runs`
    : count === 1
      ? 'a run'
      : `${String(count)} runs`;
  return {
    facts: {
      ...facts,
      lastSlotTime: mark,
      missedRuns: { count: (facts.missedRuns?.count ?? 0) + count, lastTime, reason: because },
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
