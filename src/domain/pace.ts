const firstSeconds = 30;
const limitSeconds = 600;

/** Seconds until the next probe after so many failures in a row: 30, doubling, 600 at most. */
export function retryPauseSeconds(failures: number): number {
  return Math.min(limitSeconds, firstSeconds * 2 ** Math.max(0, Math.min(failures, 20) - 1));
}
