import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Logger } from '../../src/base/logger.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { Failure } from '../../src/domain/failure.ts';
import { jobType, leaseType } from '../../src/kube/types.ts';
import type { FakeApiServer } from './fake-api-server/index.ts';
import { manualClock } from './fake-clock.ts';
import type { ManualClock } from './fake-clock.ts';
import {
  doubled,
  newToy,
  sample,
  startOperator,
  startToyServer,
  toyController,
  toyKey,
  toyType,
} from './runtime-toy.ts';
import type { Operator, ToyController, ToySeen } from './runtime-toy.ts';

const statusPath = /\/toys\/[^/]+\/status/;

let clock: ManualClock;
let server: FakeApiServer;
const operators: Operator[] = [];

beforeEach(async () => {
  clock = manualClock();
  server = await startToyServer(clock);
});

afterEach(async () => {
  server.faults.clear();
  for (const { manager } of operators.splice(0)) {
    const end = manager.stop();
    await clock.advance(60_000);
    await end;
  }
  await server.close();
});

function operator(controller: ToyController, logger?: Logger): Operator {
  const started = startOperator(server, 'one', [controller], logger && { logger });
  operators.push(started);
  return started;
}

function seed(...names: readonly string[]): void {
  for (const name of names) server.seed(toyType, newToy(name, 1));
}

function touch(name: string, number: number): void {
  server.patch(toyType, toyKey(name), { spec: { number } });
}

function isDone(name: string): boolean {
  const toy = server.read(toyType, toyKey(name));
  return toy?.status?.double === (toy?.spec.number ?? 0) * 2;
}

function reconciles(result: string): string {
  return `controller_runtime_reconcile_total{controller="toy",result="${result}"}`;
}

const panics = 'controller_runtime_reconcile_panics_total{controller="toy"}';
const errors = 'controller_runtime_reconcile_errors_total{controller="toy"}';
const timeouts = 'controller_runtime_reconcile_timeouts_total{controller="toy"}';
const staleSkips = 'pgcairn_stale_sync_skips_total{controller="toy"}';

/** Does `harm` in the passes of the toy called `bad` as long as it is wanted; other toys get theirs done. */
function poisoned(
  harm: (seen: ToySeen) => void | Promise<void>,
  when: () => boolean,
): Partial<ToyController> {
  return {
    observe: async (observer, key) => {
      const seen = { toy: observer.cache(toyType).get(key) };
      if (key.name === 'bad' && when()) await harm(seen);
      return seen;
    },
  };
}

function overflow(depth: number): number {
  return overflow(depth + 1) + 1;
}

function throwText(): never {
  // What a library may do.
  // oxlint-disable-next-line typescript/only-throw-error
  throw 'just a text';
}

const harms: readonly [string, () => void | Promise<void>][] = [
  [
    'throws',
    () => {
      throw new TypeError('boom');
    },
  ],
  ['throws what is no Error', throwText],
  ['rejects', () => Promise.reject(new Error('boom'))],
  ['rejects with nothing', () => Promise.reject()],
  ['overflows the stack', () => void overflow(0)],
];

test.each(harms)(
  'a pass that %s is counted as a panic, retried, and disturbs no other',
  async (_name, harm) => {
    seed('bad', 'good');
    let bad = true;
    const { metrics } = operator(toyController(poisoned(harm, () => bad)));

    await clock.advanceUntil(() => isDone('good'), 10_000);
    await clock.advance(10_000);
    expect(isDone('bad')).toBe(false);
    expect(await sample(metrics, panics)).toBeGreaterThan(1);
    expect(await sample(metrics, errors)).toBe(await sample(metrics, panics));
    bad = false;
    await clock.advanceUntil(() => isDone('bad'), 60_000);
  },
);

test('a throwing decide is a panic too', async () => {
  seed('bad');
  const { metrics } = operator(
    toyController({
      decide: () => {
        throw new Error('not total');
      },
    }),
  );

  await clock.advance(3_000);

  expect(await sample(metrics, panics)).toBeGreaterThan(1);
});

test('a decision to be woken at no time at all is a panic, not a timer gone mad', async () => {
  seed('bad');
  const { metrics } = operator(
    toyController({ decide: (seen) => doubled(seen, { wakeAfterSeconds: Number.NaN }) }),
  );

  await clock.advance(3_000);

  expect(await sample(metrics, panics)).toBeGreaterThan(1);
  expect(server.log.writes({ type: toyType, subresource: 'status' })).toEqual([]);
});

test('an expected failure is an error, not a panic, and is retried with growing pauses', async () => {
  seed('bad');
  const at: number[] = [];
  const fail = (): never => {
    at.push(clock.monotonic());
    throw new Failure('SchemaInvalid' as never, 'refused');
  };
  const { metrics } = operator(toyController(poisoned(fail, () => true)));

  await clock.advance(60_000);

  expect(await sample(metrics, panics)).toBe(0);
  expect(await sample(metrics, errors)).toBe(at.length);
  const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
  for (const [index, pause] of pauses.entries()) expect(pause).toBeGreaterThanOrEqual(5 * 2 ** index);
});

test('a map function that throws stops neither the informer nor the controller', async () => {
  seed('good');
  const watches = [
    {
      type: jobType,
      wakes: (): never => {
        throw new Error('boom');
      },
    },
  ];
  const { metrics } = operator(toyController({ watches }));
  server.seed(jobType, { apiVersion: 'batch/v1', kind: 'Job', metadata: toyKey('some') });

  await clock.advanceUntil(() => isDone('good'), 10_000);
  touch('good', 7);
  await clock.advanceUntil(() => isDone('good'), 10_000);

  expect(await sample(metrics, panics)).toBeGreaterThan(0);
});

test('a pass that hangs is aborted and counted, its worker goes on, and its late end writes nothing', async () => {
  seed('bad', 'good');
  const gate = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  let hangs = true;
  const { metrics } = operator(
    toyController({
      concurrency: 1,
      timeoutSeconds: 20,
      observe: async (observer, key) => {
        const toy = observer.cache(toyType).get(key);
        if (key.name === 'bad' && hangs) {
          signals.push(observer.signal);
          await gate.promise;
        }
        return { toy };
      },
    }),
  );

  await clock.advanceUntil(() => isDone('good'), 60_000);
  expect(await sample(metrics, timeouts)).toBeGreaterThanOrEqual(1);
  expect(signals[0]?.aborted).toBe(true);
  server.faults.add({ path: /\/toys\/bad\/status/, times: Infinity }, { do: 'status', code: 500 });
  gate.resolve();
  await clock.advance(1);
  const triesOfTheLateEnd = server.log.count({ type: toyType, name: 'bad', subresource: 'status' });
  expect(triesOfTheLateEnd).toBe(0);
  hangs = false;
  server.faults.clear();
  await clock.advanceUntil(() => isDone('bad'), 60_000);
});

test('a conflict ends the pass, which starts again on what is newer', async () => {
  seed('toy');
  let meddled = false;
  const controller = toyController({
    observe: async (observer, key) => {
      const toy = observer.cache(toyType).get(key);
      if (!meddled) {
        meddled = true;
        touch('toy', 50);
      }
      return Promise.resolve({ toy });
    },
  });
  const { metrics } = operator(controller);

  await clock.advanceUntil(() => isDone('toy'), 10_000);

  expect(server.read(toyType, toyKey('toy'))?.status).toEqual({ double: 100 });
  expect(server.log.writes({ type: toyType, subresource: 'status' })).toHaveLength(1);
  expect(await sample(metrics, reconciles('requeue'))).toBe(1);
  expect(await sample(metrics, errors)).toBe(0);
});

test('in a storm of conflicts there is one try per step of the backoff, and foreign fields stay', async () => {
  seed('toy');
  server.patch(toyType, toyKey('toy'), { status: { theirs: 'kept' } }, 'status');
  const conflict = { do: 'status', code: 409, reason: 'Conflict' } as const;
  const storm = server.faults.add({ method: 'PATCH', path: statusPath, times: Infinity }, conflict);
  operator(
    toyController({
      decide: (seen) => ({ status: { ...seen.toy?.status, double: 2 }, actions: [], events: [] }),
    }),
  );

  await clock.advance(30_000);
  const tries = storm.hits;
  storm.remove();
  await clock.advanceUntil(() => isDone('toy'), 60_000);

  // 5 ms doubling reaches 20 s with the 13th try.
  expect(tries).toBeGreaterThan(5);
  expect(tries).toBeLessThanOrEqual(14);
  expect(server.read(toyType, toyKey('toy'))?.status).toEqual({ theirs: 'kept', double: 2 });
});

test('told to wait, nobody asks early; the lease is renewed meanwhile; then all is done', async () => {
  seed('a', 'b', 'c');
  const tooMany = { do: 'status', code: 429, reason: 'TooManyRequests', retryAfterSeconds: 7 } as const;
  const { elector, metrics } = operator(toyController());
  await clock.advanceUntil(() => isDone('a') && isDone('b') && isDone('c'), 10_000);
  const fault = server.faults.add({ path: /\/toys/, times: Infinity }, tooMany);
  server.log.clear();
  for (const name of ['a', 'b', 'c']) touch(name, 9);

  await clock.advance(60_000);
  expect(elector.mayWrite()).toBe(true);
  expect(server.log.writes({ type: leaseType }).length).toBeGreaterThan(20);
  fault.remove();
  await clock.advanceUntil(() => isDone('a') && isDone('b') && isDone('c'), 120_000);

  const asked = server.log
    .find({ type: toyType, userAgent: /^one$/ })
    .filter((request) => request.verb !== 'watch');
  const times = [...new Set(asked.map((request) => request.monotonic))];
  // Requests already on their way when the first answer came count with it.
  const starts = times.filter((time, index) => index === 0 || time - (times[index - 1] ?? 0) > 100);
  for (const [index, time] of starts.slice(1).entries())
    expect(time - (starts[index] ?? 0)).toBeGreaterThanOrEqual(6_900);
  expect(await sample(metrics, panics)).toBe(0);
});

test('a status write that was applied but not answered is not taken for a failure of anything else', async () => {
  seed('toy');
  server.faults.add({ method: 'PATCH', path: statusPath }, { do: 'drop-after' });
  operator(toyController());

  await clock.advanceUntil(() => isDone('toy'), 10_000);
  await clock.advance(60_000);

  expect(server.log.writes({ type: toyType, subresource: 'status' })).toHaveLength(1);
});

/** Makes one Job per toy under a name that is new each time: a second one would show. */
function jobMaker(changes: Partial<ToyController> = {}): ToyController {
  let made = 0;
  return toyController({
    watches: [{ type: jobType, wakes: () => [toyKey('toy')] }],
    observe: (observer, key) => {
      const hasJob = observer.cache(jobType).list().length > 0;
      const toy = observer.cache(toyType).get(key);
      return Promise.resolve({ toy, hasJob });
    },
    decide: (seen) => {
      const { hasJob } = seen as ToySeen & { hasJob: boolean };
      const object = { apiVersion: 'batch/v1', kind: 'Job', metadata: toyKey(`job-${made}`) };
      if (!hasJob) made += 1;
      return doubled(seen, { actions: hasJob ? [] : [{ do: 'create', type: jobType, object }] });
    },
    ...changes,
  });
}

test('while the cache lags behind an own create the next pass waits, is counted, and makes no second one', async () => {
  server.faults.add({ path: /\/jobs\?.*watch=true/ }, { do: 'half-open', afterEvents: 1 });
  const { metrics } = operator(jobMaker());
  await clock.advance(5_000);
  seed('toy');
  await clock.advance(1_000);
  touch('toy', 2);
  await clock.advance(1_000);
  touch('toy', 3);

  await clock.advance(20_000);
  expect(server.list(jobType)).toHaveLength(1);
  expect(server.read(toyType, toyKey('toy'))?.status).toEqual({ double: 2 });
  expect(await sample(metrics, staleSkips)).toBe(1);
  for (const watch of server.watches) if (watch.resource === 'batch/jobs') watch.cut('end');
  await clock.advanceUntil(() => isDone('toy'), 5_000);

  expect(server.list(jobType)).toHaveLength(1);
});

test('a cache that lags for longer than 30 s is not believed either', async () => {
  server.faults.add({ path: /\/jobs\?.*watch=true/ }, { do: 'half-open', afterEvents: 1 });
  const { metrics } = operator(jobMaker());
  await clock.advance(1_000);
  seed('toy');
  await clock.advance(1_000);
  touch('toy', 2);

  await clock.advance(45_000);
  expect(server.list(jobType)).toHaveLength(1);
  expect(await sample(metrics, staleSkips)).toBe(2);
  // The watchdog of the informer finds the dead connection after 75 s.
  await clock.advanceUntil(() => isDone('toy'), 60_000);

  expect(server.list(jobType)).toHaveLength(1);
});

test('an own object that was removed before the cache saw it is not awaited for ever', async () => {
  server.faults.add({ path: /\/jobs\?.*watch=true/, times: Infinity }, { do: 'half-open', afterEvents: 1 });
  operator(jobMaker());
  await clock.advance(1_000);
  seed('toy');
  await clock.advance(1_000);
  server.remove(jobType, toyKey('job-0'));
  touch('toy', 2);

  await clock.advanceUntil(() => isDone('toy'), 35_000);

  expect(server.list(jobType).map((job) => job.metadata.name)).toEqual(['job-1']);
});

test('an own delete is awaited like an own create', async () => {
  seed('toy');
  server.seed(jobType, { apiVersion: 'batch/v1', kind: 'Job', metadata: toyKey('old') });
  server.faults.add({ path: /\/jobs\?.*watch=true/ }, { do: 'half-open', afterEvents: 2 });
  const deletes: string[] = [];
  const controller = toyController({
    observe: (observer, key) => {
      const job = observer.cache(jobType).get(toyKey('old'));
      return Promise.resolve({ toy: observer.cache(toyType).get(key), job });
    },
    decide: (seen) => {
      const uid = (seen as ToySeen & { job?: { metadata: { uid?: string } } }).job?.metadata.uid;
      if (uid === undefined) return doubled(seen);
      deletes.push(uid);
      return { actions: [{ do: 'delete', type: jobType, key: toyKey('old'), uid }], events: [] };
    },
  });
  operator(controller);
  await clock.advance(5_000);
  touch('toy', 2);
  await clock.advance(10_000);

  expect(deletes).toHaveLength(1);
  expect(server.log.count({ verb: 'delete', type: jobType })).toBe(1);
});

test('no secret of an error reaches the log unasked: the error is a field, the message is constant', async () => {
  seed('bad');
  const messages = new Set<string>();
  const logger: Logger = {
    ...silentLogger,
    error: (_fields, message) => void messages.add(message),
    child: () => logger,
  };
  operator(
    toyController(
      poisoned(
        () => Promise.reject(new Error('hunter2')),
        () => true,
      ),
    ),
    logger,
  );

  await clock.advance(1_000);

  expect([...messages]).toEqual(['pass threw what nobody throws on purpose']);
});
