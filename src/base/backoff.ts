/** A number in [0, 1), evenly spread. Injected, so that tests can repeat a run. */
export type Random = () => number;

export interface BackoffPolicy {
  readonly firstMilliseconds: number;
  readonly capMilliseconds: number;
  readonly factor: number;
  /** Share of the delay that is added at random: 0.1 gives 100 % to 110 %. */
  readonly jitter: number;
}

/** Delay before the next try after `failures` failures in a row (1 or more), in milliseconds. */
export function backoffMilliseconds(policy: BackoffPolicy, failures: number, random: Random): number {
  const steps = Math.max(0, failures - 1);
  const delay = Math.min(policy.capMilliseconds, policy.firstMilliseconds * policy.factor ** steps);
  return delay * (1 + policy.jitter * random());
}
