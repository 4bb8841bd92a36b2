import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src/base/clock.ts';

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly fire: () => void;
}

/** A clock that stands still until it is moved. Sleepers wake in the order of their time. */
export interface ManualClock extends Clock {
  /**
   * Moves time on, waking every sleeper on the way at its own time. After each one the event loop turns, so that
   * what it started (local sockets included) gets done before time goes on.
   */
  advance(milliseconds: number): Promise<void>;
  /** Moves from timer to timer until `condition` holds; returns the milliseconds that took. Fails after `limit`. */
  advanceUntil(condition: () => boolean | Promise<boolean>, limit: number): Promise<number>;
  /** Shifts the wall clock alone, as an NTP step or a wrong zone would. */
  shiftWallClock(milliseconds: number): void;
  /** How many sleepers wait: a leak shows here. */
  readonly sleepers: number;
}

export function manualClock(start = new Date('2026-11-20T00:00:00Z')): ManualClock {
  let elapsed = 0;
  let shift = 0;
  let order = 0;
  const timers = new Set<Timer>();

  function next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers) {
      const earlier =
        first === undefined ||
        timer.due < first.due ||
        (timer.due === first.due && timer.order < first.order);
      if (earlier) first = timer;
    }
    return first;
  }
  async function advanceTo(target: number): Promise<void> {
    await settle();
    for (let timer = next(); timer !== undefined && timer.due <= target; timer = next()) {
      elapsed = Math.max(elapsed, timer.due);
      timers.delete(timer);
      timer.fire();
      await settle();
    }
    elapsed = Math.max(elapsed, target);
  }
  return {
    now: () => new Date(start.getTime() + elapsed + shift),
    monotonic: () => elapsed,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const due = elapsed + Math.max(0, milliseconds);
        const timer: Timer = { due, order: (order += 1), fire };
        function fire(): void {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        }
        function onAbort(): void {
          timers.delete(timer);
          reject(signal?.reason as Error);
        }
        timers.add(timer);
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    advance: (milliseconds) => advanceTo(elapsed + milliseconds),
    async advanceUntil(condition, limit) {
      const began = elapsed;
      await settle();
      while (!(await condition())) {
        const due = next()?.due;
        if (due === undefined || due - began > limit) {
          throw new Error(
            `condition does not hold after ${elapsed - began} ms of virtual time (limit ${limit})`,
          );
        }
        await advanceTo(due);
      }
      return elapsed - began;
    },
    shiftWallClock(milliseconds) {
      shift += milliseconds;
    },
    get sleepers() {
      return timers.size;
    },
  };
}

/** Enough turns for a request to a local server and its answer to come through. */
export async function settle(turns = 12): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await nextTurn();
}
