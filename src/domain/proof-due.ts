import type { BackupDrillSpec } from '../api/v1alpha1/backup-drill.ts';
import { addSeconds } from './instant.ts';
import { nextSlot, scheduleFault } from './schedule.ts';

/**
 * By when a drill has to have passed that last did so at `from`: the next slot, and as long after it as a drill may be
 * late and take. Undefined without a schedule, or with one that cannot be used.
 */
export function proofDue(
  spec: Pick<
    BackupDrillSpec,
    'schedule' | 'timeZone' | 'jitterSeconds' | 'startingDeadlineSeconds' | 'limits'
  >,
  from: Date,
): Date | undefined {
  if (spec.schedule === undefined) return undefined;
  const schedule = { expression: spec.schedule, timeZone: spec.timeZone };
  if (scheduleFault(schedule, from) !== undefined) return undefined;
  const slot = nextSlot(schedule, from);
  const allowed = spec.jitterSeconds + spec.startingDeadlineSeconds + spec.limits.deadlineSeconds;
  return slot && addSeconds(slot, allowed);
}
