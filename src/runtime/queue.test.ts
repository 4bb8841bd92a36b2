import fc from 'fast-check';
import { expect, test } from 'vitest';
import { manualClock } from '../../test/fault/fake-clock.ts';
import type { ManualClock } from '../../test/fault/fake-clock.ts';
import { priorities, Queue } from './queue.ts';
import type { QueueMetrics } from './queue.ts';

function silentMetrics(): QueueMetrics {
  const ignore = (): void => undefined;
  return { added: ignore, retried: ignore, depth: ignore, taken: ignore, finished: ignore };
}

function newQueue(metrics: Partial<QueueMetrics> = {}): { queue: Queue; clock: ManualClock } {
  const clock = manualClock();
  const queue = new Queue({ clock, random: () => 0, metrics: { ...silentMetrics(), ...metrics } });
  return { queue, clock };
}

/** The keys that can be taken now, each done at once. */
async function drain(queue: Queue): Promise<string[]> {
  const keys: string[] = [];
  while (queue.depth > 0) {
    const key = await queue.take();
    if (key === undefined) break;
    keys.push(key);
    queue.done(key);
  }
  return keys;
}

test('a key added many times is handed out once', async () => {
  const { queue } = newQueue();
  for (const key of ['a', 'b', 'a', 'a']) queue.add(key);

  expect(await drain(queue)).toEqual(['a', 'b']);
});

test('a key added while its pass runs is handed out again after done, and not before', async () => {
  const { queue } = newQueue();
  queue.add('a');
  await queue.take();
  queue.add('a');

  expect(queue.depth).toBe(0);
  queue.done('a');
  expect(await drain(queue)).toEqual(['a']);
});

test('live changes go before what a list brought, in order of arrival within', async () => {
  const { queue } = newQueue();
  for (const key of ['l1', 'l2', 'l3']) queue.add(key, priorities.resync);
  for (const key of ['c1', 'c2']) queue.add(key);
  queue.add('l3');

  expect(await drain(queue)).toEqual(['c1', 'c2', 'l3', 'l1', 'l2']);
});

test('a listing never lowers the priority of a key that changed', async () => {
  const { queue } = newQueue();
  queue.add('old', priorities.resync);
  queue.add('changed');
  queue.add('changed', priorities.resync);

  expect(await drain(queue)).toEqual(['changed', 'old']);
});

test('of several delays for one key the earliest counts, and only once', async () => {
  const { queue, clock } = newQueue();
  queue.addAfter('a', 3_000);
  queue.addAfter('a', 1_000);
  queue.addAfter('a', 2_000);

  await clock.advance(999);
  expect(queue.depth).toBe(0);
  await clock.advance(1);
  expect(await drain(queue)).toEqual(['a']);
  await clock.advance(10_000);
  expect(queue.depth).toBe(0);
  expect(clock.sleepers).toBe(0);
});

test('a wait longer than a timer can count is kept', async () => {
  const { queue, clock } = newQueue();
  const fortyDays = 40 * 86_400_000;
  queue.addAfter('a', fortyDays);

  await clock.advance(fortyDays - 1);
  expect(queue.depth).toBe(0);
  await clock.advance(1);
  expect(await drain(queue)).toEqual(['a']);
});

test('no single sleep is longer than a timer can count', () => {
  const sleeps: number[] = [];
  const clock = {
    ...manualClock(),
    sleep: (milliseconds: number) => (sleeps.push(milliseconds), Promise.race([])),
  };
  const queue = new Queue({ clock: clock as ManualClock, random: () => 0, metrics: silentMetrics() });

  queue.addAfter('a', 40 * 86_400_000);

  expect(sleeps).toHaveLength(1);
  expect(sleeps[0]).toBeLessThan(2 ** 31);
});

test('backoff doubles from 5 ms to 1000 s for each key by itself, and forget starts it anew', async () => {
  const { queue, clock } = newQueue();
  const waits: number[] = [];
  async function failedOnce(key: string): Promise<number> {
    queue.addRateLimited(key);
    const waited = await clock.advanceUntil(() => queue.depth > 0, 2_000_000);
    await drain(queue);
    return waited;
  }

  for (let failure = 0; failure < 20; failure += 1) waits.push(await failedOnce('a'));

  expect(waits.slice(0, 5)).toEqual([5, 10, 20, 40, 80]);
  expect(waits.at(-1)).toBe(1_000_000);
  expect(await failedOnce('b')).toBe(5);
  queue.forget('a');
  expect(await failedOnce('a')).toBe(5);
});

test('shutdown sends takers home, drops what waits and sleeps no more', async () => {
  const { queue, clock } = newQueue();
  queue.add('working');
  await queue.take();
  queue.addAfter('later', 1_000);
  const idle = queue.take();

  queue.shutdown();
  queue.add('too late');
  queue.done('working');

  expect(await idle).toBeUndefined();
  expect(await queue.take()).toBeUndefined();
  expect(clock.sleepers).toBe(0);
});

test('metrics tell adds, retries, depth, waits and work', async () => {
  const told: string[] = [];
  const { queue, clock } = newQueue({
    added: () => told.push('added'),
    retried: () => told.push('retried'),
    depth: (keys) => told.push(`depth ${keys}`),
    taken: (seconds) => told.push(`taken ${seconds}`),
    finished: (seconds) => told.push(`finished ${seconds}`),
  });

  queue.add('a');
  queue.add('a');
  await clock.advance(2_000);
  await queue.take();
  await clock.advance(3_000);
  queue.done('a');
  queue.addRateLimited('a');

  expect(told).toEqual(['added', 'depth 1', 'depth 0', 'taken 2', 'finished 3', 'retried']);
});

type Step =
  | { readonly do: 'add' | 'addAfter' | 'fail'; readonly key: string; readonly milliseconds: number }
  | { readonly do: 'take' }
  | { readonly do: 'done'; readonly nth: number }
  | { readonly do: 'advance'; readonly milliseconds: number };

const someKey = fc.constantFrom('a', 'b', 'c', 'd');
const someTime = fc.integer({ min: 0, max: 50 });
const someStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('add', 'addAfter', 'fail'), key: someKey, milliseconds: someTime }),
  fc.record({ do: fc.constant('take') }),
  fc.record({ do: fc.constant('done'), nth: fc.nat(5) }),
  fc.record({ do: fc.constant('advance'), milliseconds: someTime }),
);

/** Watches a queue from outside: who works on what, and for which wish no pass has begun yet. */
class Model {
  readonly working: string[] = [];
  /** Two workers had one key. */
  clashes = false;
  readonly wanted = new Set<string>();
  readonly clock = manualClock();
  readonly queue = new Queue({ clock: this.clock, random: () => 0, metrics: silentMetrics() });

  take(): void {
    void this.queue.take().then((key) => {
      if (key === undefined) return;
      this.clashes ||= this.working.includes(key);
      this.working.push(key);
      this.wanted.delete(key);
    });
  }

  done(nth: number): void {
    const key = this.working.splice(nth % Math.max(1, this.working.length), 1)[0];
    if (key !== undefined) this.queue.done(key);
  }

  async step(step: Step): Promise<void> {
    switch (step.do) {
      case 'add':
        this.wanted.add(step.key);
        this.queue.add(step.key, step.milliseconds % 2 === 0 ? priorities.live : priorities.resync);
        break;
      case 'addAfter':
        this.wanted.add(step.key);
        this.queue.addAfter(step.key, step.milliseconds);
        break;
      case 'fail':
        this.wanted.add(step.key);
        this.queue.addRateLimited(step.key);
        break;
      case 'take':
        this.take();
        break;
      case 'done':
        this.done(step.nth);
        break;
      case 'advance':
        await this.clock.advance(step.milliseconds);
    }
    await Promise.resolve();
    await Promise.resolve();
  }

  /** Works everything off; returns the wishes that nobody was woken for. */
  async finish(): Promise<string[]> {
    for (let round = 0; round < 20; round += 1) {
      for (let worker = 0; worker < 4; worker += 1) this.take();
      await this.clock.advance(1_000_000);
      while (this.working.length > 0) this.done(0);
      await Promise.resolve();
    }
    return [...this.wanted];
  }
}

test('whatever happens, no key is worked on twice at a time and no wish for a pass is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(someStep, { maxLength: 60 }), async (steps) => {
      const model = new Model();
      for (const step of steps) await model.step(step);

      expect(await model.finish()).toEqual([]);
      expect(model.clashes).toBe(false);
      expect(model.clock.sleepers).toBe(0);
    }),
    { numRuns: 150 },
  );
});
