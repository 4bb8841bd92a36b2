import type { PostgresBackupSpec } from '../../api/v1alpha1/postgres-backup.ts';
import { addSeconds, secondsUntil, toInstant } from '../../domain/instant.ts';
import type { MissReason } from './missed.ts';
import { countMissed } from './missed.ts';
import type { BackupStep, Facts, SeenPresent } from './seen.ts';
import type { DueSlot, SlotView } from './slots.ts';
import { viewSlots } from './slots.ts';

/** The schedule brought up to date: misses counted, the next time known; `due` is left to launch. */
export interface SettledSlots extends BackupStep {
  readonly due?: DueSlot;
}

export function settleSlots(
  seen: SeenPresent,
  spec: PostgresBackupSpec,
  before: Facts,
  now: Date,
): SettledSlots {
  const view = viewSlots(seen.backup, spec, before, now);
  const counted: BackupStep = view.missed
    ? countMissed(before, view.missed, missReason(seen, before))
    : { facts: before, actions: [], events: [] };
  const { nextRunTime: _before, ...facts } = counted.facts;
  return {
    facts: { ...facts, ...(view.nextTime && { nextRunTime: toInstant(view.nextTime) }) },
    actions: [],
    events: counted.events,
    wakeAfterSeconds: wakeOf(view, now),
    ...(view.due && { due: view.due }),
  };
}

/** At the next slot; for one that is due but cannot start, when it becomes a missed one. */
function wakeOf({ due, nextTime }: SlotView, now: Date): number | undefined {
  if (due?.expires) return secondsUntil(addSeconds(due.expires, 1), now);
  if (nextTime === undefined || nextTime <= now) return undefined;
  return secondsUntil(nextTime, now);
}

function missReason(seen: SeenPresent, facts: Facts): MissReason {
  if (facts.currentRun) return 'PreviousRunActive';
  switch (seen.repository.state) {
    case 'missing':
      return 'RepositoryMissing';
    case 'invalid':
    case 'notReady':
      return 'RepositoryNotReady';
    case 'ready':
      return 'OperatorUnavailable';
  }
}
