import type { Clock } from '../base/clock.ts';

export interface RateLimit {
  /** Steady requests per second. */
  readonly queriesPerSecond: number;
  /** How many may go at once after a quiet time. */
  readonly burst: number;
}

/** Lets callers through in their order, at most `burst` at once and `queriesPerSecond` after that. */
export interface RateLimiter {
  acquire(signal: AbortSignal): Promise<void>;
  /** Nobody gets through for so long: the server asked for it. Never shortens an earlier pause. */
  pause(seconds: number): void;
  /** Milliseconds until a newcomer would get through. */
  waitMilliseconds(): number;
}

export function createRateLimiter(limit: RateLimit, clock: Clock): RateLimiter {
  const interval = 1000 / limit.queriesPerSecond;
  /** Theoretical arrival time of the next request (GCRA): one number holds the whole bucket. */
  let nextSlot = clock.monotonic() - limit.burst * interval;
  let pausedUntil = Number.NEGATIVE_INFINITY;

  function waitMilliseconds(): number {
    const now = clock.monotonic();
    return Math.max(0, pausedUntil - now, nextSlot - now);
  }
  return {
    waitMilliseconds,
    pause(seconds) {
      pausedUntil = Math.max(pausedUntil, clock.monotonic() + seconds * 1000);
    },
    async acquire(signal) {
      signal.throwIfAborted();
      const now = clock.monotonic();
      const slot = Math.max(nextSlot, now - (limit.burst - 1) * interval);
      nextSlot = slot + interval;
      for (;;) {
        const wait = Math.max(slot, pausedUntil) - clock.monotonic();
        if (wait <= 0) return;
        await clock.sleep(wait, signal);
      }
    },
  };
}
