import type { BackupDrill } from '../api/v1alpha1/backup-drill.ts';
import { BackupDrillSpec } from '../api/v1alpha1/backup-drill.ts';
import { addSeconds, instantMilliseconds } from './instant.ts';
import { nextSlot, scheduleFault } from './schedule.ts';

/**
 * By when a drill has to have passed: the first slot after it last did, and as long after it as a drill may be late and
 * take. Undefined without a schedule, with one that cannot be used, and with a spec that cannot be read.
 */
export function proofDue(drill: BackupDrill): Date | undefined {
  const { success, data: spec } = BackupDrillSpec.safeParse(drill.spec);
  if (!success || spec.schedule === undefined) return undefined;
  const owed = owedSince(drill, spec);
  if (owed === undefined) return undefined;
  const from = new Date(owed);
  const schedule = { expression: spec.schedule, timeZone: spec.timeZone };
  if (scheduleFault(schedule, from) !== undefined) return undefined;
  const slot = nextSlot(schedule, from);
  const allowed = spec.jitterSeconds + spec.startingDeadlineSeconds + spec.limits.deadlineSeconds;
  return slot && addSeconds(slot, allowed);
}

/**
 * Since when a proof is owed, in milliseconds: since the last, or since the drill was made. What was not promised yet
 * is not owed: of a schedule that came late, or of another source, the first slot counts that was started or is ahead.
 */
function owedSince(
  { metadata, status }: BackupDrill,
  { jitterSeconds }: BackupDrillSpec,
): number | undefined {
  const from = instantMilliseconds(status?.lastPassed?.time ?? metadata.creationTimestamp);
  if (from === undefined || status?.missedRuns !== undefined) return from;
  const { currentRun, history = [], nextRunTime } = status ?? {};
  const begun = [...history, ...(currentRun === undefined ? [] : [currentRun])]
    .filter(({ trigger }) => trigger === 'Schedule')
    .map(({ slotTime }) => instantMilliseconds(slotTime));
  const ahead = instantMilliseconds(nextRunTime);
  const slots = [...begun, ahead && ahead - jitterSeconds * 1000].filter((slot) => slot !== undefined);
  const owed = slots.filter((slot) => slot > from);
  return owed.length === 0 ? from : Math.max(from, Math.min(...owed) - 1);
}
