import type { CurrentRun } from '../../api/v1alpha1/run-status.ts';

/** What the launch protocol keeps in the status of an object. */
export interface Journal {
  readonly nextRunTime?: string;
  readonly currentRun?: CurrentRun;
  /** The high-water mark: no slot at or before it ever runs again. */
  readonly lastSlotTime?: string;
  readonly lastRequest?: string;
  readonly missedRuns?: { readonly count: number; readonly lastTime?: string; readonly reason?: string };
}

/** The part of a spec that says when to run. */
export interface RunSpec {
  readonly schedule?: string | undefined;
  readonly timeZone: string;
  readonly jitterSeconds: number;
  readonly startingDeadlineSeconds: number;
  readonly suspend: boolean;
}

/** The facts without one entry of the journal. Every entry is optional, so that what is left is of the same type. */
export function without<Facts extends Journal>(facts: Facts, entry: keyof Journal): Facts {
  const { [entry]: _gone, ...others } = facts;
  return others as unknown as Facts;
}
