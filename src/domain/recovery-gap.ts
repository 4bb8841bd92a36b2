/**
 * The longest time without data that could be brought back: between two neighbouring snapshots, or the newest and now.
 * In seconds; undefined without a snapshot.
 */
export function largestGapSeconds(snapshotTimes: readonly Date[], now: Date): number | undefined {
  if (snapshotTimes.length === 0) return undefined;
  const times = [...snapshotTimes, now].map((time) => time.getTime()).toSorted((a, b) => a - b);
  const gaps = times.slice(1).map((time, at) => time - (times[at] ?? time));
  return Math.max(0, ...gaps) / 1000;
}
