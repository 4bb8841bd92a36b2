/** A line for the person who waits, on standard error so that standard output stays machine-readable. */
export function say(message: string): void {
  process.stderr.write(`pgcairn: ${message}\n`);
}

/** Seconds since `start` (of `performance.now()`), as "12 s" or "3 min 05 s". */
export function elapsed(start: number): string {
  const seconds = Math.round((performance.now() - start) / 1000);
  return seconds < 100
    ? `${seconds} s`
    : `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/**
 * Runs `work` and says, when it takes longer than ten seconds, every ten seconds that it goes on; `detail` adds how
 * far it is. A step that ends sooner stays silent.
 */
export async function sayWhile<T>(what: string, work: () => Promise<T>, detail?: () => string): Promise<T> {
  const start = performance.now();
  const timer = setInterval(() => {
    const more = detail?.();
    say(`${what}: ${elapsed(start)}${more ? `, ${more}` : ''}`);
  }, 10_000);
  try {
    const result = await work();
    if (performance.now() - start > 10_000) say(`${what}: done in ${elapsed(start)}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
