import type { BackupDrillSpec } from '../api/v1alpha1/backup-drill.ts';
import { addSeconds } from './instant.ts';

/** How the newest verified data stands against a promised recovery point. */
export type RecoveryPoint =
  /** `flipsAt`: when it will be broken unless newer data is verified. */
  | { readonly state: 'within'; readonly flipsAt: Date }
  | { readonly state: 'missed' }
  /** Nothing verified yet, and the object is younger than what it promises. */
  | { readonly state: 'pending'; readonly flipsAt: Date };

/**
 * `newest` is the snapshot time of the newest verified run. Before the first one the clock starts with the object:
 * an object older than its promise without any data has broken it.
 */
export function recoveryPoint(
  promisedSeconds: number,
  newest: Date | undefined,
  created: Date,
  now: Date,
): RecoveryPoint {
  const flipsAt = addSeconds(newest ?? created, promisedSeconds);
  if (now > flipsAt) return { state: 'missed' };
  return { state: newest === undefined ? 'pending' : 'within', flipsAt };
}

/** The objectives that a drill is judged by: any other run than the newest is old by choice. */
export function drillObjectives(
  objectives: BackupDrillSpec['objectives'],
  { pick }: Partial<Pick<BackupDrillSpec['source'], 'pick'>>,
): BackupDrillSpec['objectives'] {
  if (pick === undefined || pick === 'Newest') return objectives;
  const { recoveryPointSeconds: _point, ...others } = objectives;
  return others;
}

/** How a drill stands to a promise. NotProven: what a drill that did not pass took is not what a recovery takes. */
export type ObjectiveResult = 'Met' | 'Missed' | 'NotProven';

/** Undefined: nothing was measured, or nothing promised. */
export function judgeObjective(
  { measured, promised }: { readonly measured: number | undefined; readonly promised: number | undefined },
  passed: boolean,
): ObjectiveResult | undefined {
  if (measured === undefined || promised === undefined) return undefined;
  if (measured > promised) return 'Missed';
  return passed ? 'Met' : 'NotProven';
}
