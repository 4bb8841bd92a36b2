import { backoffMilliseconds } from '../base/backoff.ts';
import type { BackoffPolicy, Random } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { Delayed } from './delayed.ts';
import { Heap } from './heap.ts';

/** What a queue tells about itself; the names behind it are client-go's `workqueue_*`. */
export interface QueueMetrics {
  added(): void;
  retried(): void;
  depth(keys: number): void;
  taken(waitedSeconds: number): void;
  finished(workedSeconds: number): void;
}

/** Priorities: live changes before what a list or a resync brings. */
export const priorities = { live: 0, resync: -100 } as const;

/** client-go's per-item limiter, with jitter of our own so that keys that failed together part. */
const itemBackoff: BackoffPolicy = {
  firstMilliseconds: 5,
  capMilliseconds: 1_000_000,
  factor: 2,
  jitter: 0.1,
};

export interface QueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: QueueMetrics;
  readonly backoff?: BackoffPolicy;
}

interface Waiting {
  readonly key: string;
  readonly priority: number;
  readonly order: number;
  readonly since: number;
}

/**
 * Work queue of keys. A key waits at most once (`waiting`), and is never handed to two takers at a time: what is
 * added while its pass runs (`dirty`) comes back at `done`. Highest priority first, in order of arrival within.
 */
export class Queue {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #metrics: QueueMetrics;
  readonly #backoff: BackoffPolicy;
  readonly #waiting = new Map<string, Waiting>();
  readonly #order = new Heap<Waiting>((a, b) =>
    a.priority === b.priority ? a.order < b.order : a.priority > b.priority,
  );
  readonly #processing = new Map<string, number>();
  readonly #dirty = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  readonly #delayed: Delayed;
  #arrivals = 0;
  #closed = false;

  constructor(options: QueueOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#metrics = options.metrics;
    this.#backoff = options.backoff ?? itemBackoff;
    this.#delayed = new Delayed(options.clock, (key, priority) => {
      this.add(key, priority);
    });
  }

  /** Keys that wait to be taken now. */
  get depth(): number {
    return this.#waiting.size;
  }

  /** When each key that is being worked on was taken, in monotonic milliseconds. */
  get takenAt(): readonly number[] {
    return [...this.#processing.values()];
  }

  /** Wants a pass for `key` soon. Adding it again only ever raises its priority. */
  add(key: string, priority: number = priorities.live): void {
    if (this.#closed) return;
    if (this.#processing.has(key)) {
      const before = this.#dirty.get(key);
      if (before === undefined) this.#metrics.added();
      this.#dirty.set(key, Math.max(before ?? priority, priority));
      return;
    }
    const before = this.#waiting.get(key);
    if (before !== undefined && before.priority >= priority) return;
    if (before === undefined) this.#metrics.added();
    this.#enqueue(key, priority, before?.since ?? this.#clock.monotonic());
    this.#deliver();
  }

  /** Wants a pass after `milliseconds`. Of several wishes for one key the earliest counts. */
  addAfter(key: string, milliseconds: number, priority: number = priorities.live): void {
    if (this.#closed) return;
    if (milliseconds <= 0) this.add(key, priority);
    else this.#delayed.add(key, milliseconds, priority);
  }

  /** Wants a pass after this key's backoff: 5 ms·2ⁿ, at most 1,000 s. */
  addRateLimited(key: string): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.#metrics.retried();
    this.addAfter(key, backoffMilliseconds(this.#backoff, failures, this.#random));
  }

  /** Ends the backoff of `key`: its next failure starts at the first step again. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key; the taker must call `done` with it. Undefined once the queue is shut down and empty of takers' work. */
  take(): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      this.#deliver();
    });
  }

  /** The pass for `key` is over. */
  done(key: string): void {
    const since = this.#processing.get(key);
    if (since === undefined) return;
    this.#processing.delete(key);
    this.#metrics.finished((this.#clock.monotonic() - since) / 1000);
    const priority = this.#dirty.get(key);
    this.#dirty.delete(key);
    if (priority === undefined || this.#closed) return;
    this.#enqueue(key, priority, this.#clock.monotonic());
    this.#deliver();
  }

  /** Hands out nothing more; keys in work may still be `done`. */
  shutdown(): void {
    this.#closed = true;
    this.#delayed.clear();
    this.#waiting.clear();
    this.#metrics.depth(0);
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #enqueue(key: string, priority: number, since: number): void {
    const entry = { key, priority, order: this.#arrivals++, since };
    this.#waiting.set(key, entry);
    this.#order.push(entry);
    this.#metrics.depth(this.#waiting.size);
  }

  #deliver(): void {
    while (this.#takers.length > 0) {
      const key = this.#closed ? undefined : this.#pop();
      if (key === undefined && !this.#closed) return;
      this.#takers.shift()?.(key);
    }
  }

  /** Takes the first entry that is still the newest of its key: a raised priority leaves the older one behind. */
  #pop(): string | undefined {
    for (;;) {
      const entry = this.#order.pop();
      if (entry === undefined) return undefined;
      if (this.#waiting.get(entry.key) !== entry) continue;
      const now = this.#clock.monotonic();
      this.#waiting.delete(entry.key);
      this.#processing.set(entry.key, now);
      this.#metrics.depth(this.#waiting.size);
      this.#metrics.taken((now - entry.since) / 1000);
      return entry.key;
    }
  }
}
