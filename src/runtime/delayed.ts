import type { Clock } from '../base/clock.ts';
import { Heap } from './heap.ts';

interface Due {
  readonly key: string;
  readonly priority: number;
  readonly at: number;
}

/** Timers count milliseconds in 31 bits: a longer wait would end at once. So long waits are slept in pieces. */
const longestSleepMilliseconds = 86_400_000;

/** Keys that come due later, one due time per key. Sleeps on the clock only while something waits. */
export class Delayed {
  readonly #clock: Clock;
  readonly #onDue: (key: string, priority: number) => void;
  readonly #byKey = new Map<string, Due>();
  readonly #order = new Heap<Due>((a, b) => a.at < b.at);
  #sleeping: { readonly until: number; readonly wake: AbortController } | undefined;

  constructor(clock: Clock, onDue: (key: string, priority: number) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Keeps the earliest time and the highest priority asked for. */
  add(key: string, milliseconds: number, priority: number): void {
    const at = this.#clock.monotonic() + milliseconds;
    const before = this.#byKey.get(key);
    if (before !== undefined && before.at <= at && before.priority >= priority) return;
    const due = {
      key,
      at: Math.min(at, before?.at ?? at),
      priority: Math.max(priority, before?.priority ?? priority),
    };
    this.#byKey.set(key, due);
    this.#order.push(due);
    this.#arm();
  }

  clear(): void {
    this.#byKey.clear();
    this.#sleeping?.wake.abort();
    this.#sleeping = undefined;
    while (this.#order.pop() !== undefined);
  }

  /** Hands over what is due and sleeps until the next; a new earlier key cuts the sleep short. */
  #arm(): void {
    const next = this.#next();
    if (next === undefined || (this.#sleeping !== undefined && this.#sleeping.until <= next.at)) return;
    this.#sleeping?.wake.abort();
    const sleeping = { until: next.at, wake: new AbortController() };
    this.#sleeping = sleeping;
    const woken = (): void => {
      if (this.#sleeping !== sleeping) return;
      this.#sleeping = undefined;
      this.#release();
      this.#arm();
    };
    // The sleep only ever rejects by `wake`, whose caller has armed another or cleared everything.
    this.#clock
      .sleep(
        Math.min(longestSleepMilliseconds, Math.max(0, next.at - this.#clock.monotonic())),
        sleeping.wake.signal,
      )
      .then(woken, () => undefined);
  }

  #release(): void {
    const now = this.#clock.monotonic();
    for (let due = this.#next(); due !== undefined && due.at <= now; due = this.#next()) {
      this.#order.pop();
      this.#byKey.delete(due.key);
      this.#onDue(due.key, due.priority);
    }
  }

  /** The earliest entry that still counts; entries replaced by earlier ones are dropped on the way. */
  #next(): Due | undefined {
    for (;;) {
      const due = this.#order.peek();
      if (due === undefined || this.#byKey.get(due.key) === due) return due;
      this.#order.pop();
    }
  }
}
