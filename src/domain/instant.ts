/** RFC 3339 in UTC with whole seconds, as Kubernetes writes times. Parts of a second are cut off. */
export function toInstant(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** Milliseconds since the epoch; undefined for an absent or unreadable time. */
export function instantMilliseconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** `time` and so many seconds, as a Date. */
export function addSeconds(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}

/** Seconds from `now` until `time`, rounded up so that a timer never ends early; 0 when it has passed. */
export function secondsUntil(time: Date, now: Date): number {
  return Math.max(0, Math.ceil((time.getTime() - now.getTime()) / 1000));
}

/** Seconds from one RFC 3339 time to another; negative when the second is the earlier one, 0 for an unreadable one. */
export function elapsedSeconds(from: string, to: string): number {
  const [start, end] = [instantMilliseconds(from), instantMilliseconds(to)];
  return start === undefined || end === undefined ? 0 : (end - start) / 1000;
}

/** The latest of the given times; undefined when none is given. */
export function latestInstant(...times: readonly (string | undefined)[]): Date | undefined {
  const known = times.map(instantMilliseconds).filter((value) => value !== undefined);
  return known.length === 0 ? undefined : new Date(Math.max(...known));
}
