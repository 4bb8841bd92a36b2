import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import type { KubeObject, ResourceType } from '../../src/base/resource.ts';
import { eventType, jobType, leaseType } from '../../src/kube/types.ts';
import type { FakeApiServer } from './fake-api-server/index.ts';
import { manualClock } from './fake-clock.ts';
import type { ManualClock } from './fake-clock.ts';
import {
  doubled,
  freezableClock,
  newToy,
  sample,
  startOperator,
  startToyServer,
  toyController,
  toyKey,
  toyType,
} from './runtime-toy.ts';
import type { Operator, ToyController } from './runtime-toy.ts';

const many = 200;

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
  if (clock.sleepers > 0) throw new Error(`${clock.sleepers} timers are left behind`);
});

function operator(name: string, controller: ToyController, ownClock: Clock = clock): Operator {
  const started = startOperator(server, name, [controller], { clock: ownClock });
  operators.push(started);
  return started;
}

function seedToys(count: number): void {
  for (let index = 0; index < count; index += 1) server.seed(toyType, newToy(`toy-${index}`, index));
}

function isDone(name: string): boolean {
  const toy = server.read(toyType, toyKey(name));
  return toy?.status?.double === (toy?.spec.number ?? 0) * 2;
}

function areAllDone(): boolean {
  return server.list(toyType).every((toy) => isDone(toy.metadata.name));
}

test('each of 200 objects gets its status exactly once, and then nothing is written', async () => {
  seedToys(many);
  const { metrics } = operator('one', toyController());

  await clock.advanceUntil(areAllDone, 60_000);
  await clock.advance(10_000);
  server.log.clear();
  await clock.advance(600_000);

  const statusWrites = [...server.log.history(toyType).values()];
  expect(statusWrites).toEqual([]);
  expect(server.log.writes().filter((write) => write.resource !== 'coordination.k8s.io/leases')).toEqual([]);
  expect(await sample(metrics, 'controller_runtime_reconcile_total{controller="toy",result="error"}')).toBe(
    0,
  );
  expect(server.list(toyType).map((toy) => toy.metadata.generation)).toEqual(
    Array.from({ length: many }, () => 1),
  );
});

test('each status is written once, under the version that was observed', async () => {
  seedToys(many);
  operator('one', toyController());

  await clock.advanceUntil(areAllDone, 60_000);
  await clock.advance(10_000);

  const writes = server.log.writes({ type: toyType, subresource: 'status', userAgent: /^one$/ });
  expect(writes).toHaveLength(many);
  expect(new Set(writes.map((write) => write.name)).size).toBe(many);
  expect(new Set(writes.map((write) => write.fieldManager))).toEqual(new Set(['pgcairn-toy']));
  for (const { body } of writes) {
    expect(body).toMatchObject({
      metadata: { uid: expect.any(String), resourceVersion: expect.any(String) },
    });
  }
});

test('a change is seen and acted on while the operator runs', async () => {
  operator('one', toyController());
  await clock.advance(5_000);

  server.seed(toyType, newToy('late', 21));
  await clock.advanceUntil(() => isDone('late'), 1_000);
  server.patch(toyType, toyKey('late'), { spec: { number: 4 } });
  await clock.advanceUntil(() => isDone('late'), 1_000);

  expect(server.read(toyType, toyKey('late'))?.status).toEqual({ double: 8 });
});

test('a wiped status is written again', async () => {
  seedToys(1);
  operator('one', toyController());
  await clock.advanceUntil(areAllDone, 10_000);

  server.patch(toyType, toyKey('toy-0'), { status: null }, 'status');
  server.patch(toyType, toyKey('toy-0'), { spec: { number: 5 } });

  await clock.advanceUntil(() => isDone('toy-0'), 1_000);
  expect(server.read(toyType, toyKey('toy-0'))?.status).toEqual({ double: 10 });
});

test('a standby keeps its caches warm, writes nothing, and takes over within 3 s of a clean stop', async () => {
  seedToys(1);
  const first = operator('first', toyController());
  await clock.advanceUntil(areAllDone, 10_000);
  operator('second', toyController());
  await clock.advance(30_000);
  expect(server.log.count({ verb: 'watch', userAgent: /^second$/ })).toBeGreaterThan(0);
  expect(server.log.writes({ userAgent: /^second$/ })).toEqual([]);

  const end = first.manager.stop();
  server.seed(toyType, newToy('after', 3));
  const took = await clock.advanceUntil(() => isDone('after'), 30_000);

  expect(took).toBeLessThan(3_000);
  expect(await end).toEqual({ kind: 'stopped' });
  expect(server.read(leaseType, { namespace: 'pgcairn-system', name: 'pgcairn' })?.spec?.holderIdentity).toBe(
    'second_1',
  );
});

/** A pass that hangs until it is let go on; then it wants a Job made. */
function slowController(): { controller: ToyController; begun: () => boolean; goOn: () => void } {
  const gate = Promise.withResolvers<void>();
  let begun = false;
  const controller = toyController({
    timeoutSeconds: 600,
    observe: async (observer, key) => {
      begun = true;
      await gate.promise;
      return { toy: observer.cache(toyType).get(key) };
    },
    decide: (seen) =>
      doubled(seen, {
        actions: [
          {
            do: 'create',
            type: jobType,
            object: { apiVersion: 'batch/v1', kind: 'Job', metadata: toyKey('made') },
          },
        ],
      }),
  });
  return { controller, begun: () => begun, goOn: gate.resolve };
}

test('a stop lets the pass in flight end with its writes, and only then gives the lease away', async () => {
  seedToys(1);
  const { controller, begun, goOn } = slowController();
  const first = operator('first', controller);
  await clock.advanceUntil(begun, 10_000);
  const second = operator('second', toyController());

  const end = first.manager.stop();
  await clock.advance(20_000);
  expect(second.elector.mayWrite()).toBe(false);
  goOn();
  await clock.advanceUntil(() => second.elector.mayWrite(), 3_000);

  expect(await end).toEqual({ kind: 'stopped' });
  expect(server.log.writes({ type: jobType, userAgent: /^first$/ })).toHaveLength(1);
});

test('a pass that does not end within the grace of 30 s is given up, and writes nothing later', async () => {
  seedToys(1);
  const { controller, begun, goOn } = slowController();
  const first = operator('first', controller);
  await clock.advanceUntil(begun, 10_000);

  const ended = { yes: false };
  void first.manager.stop().then(() => (ended.yes = true));
  const took = await clock.advanceUntil(() => ended.yes, 60_000);
  goOn();
  await clock.advance(1_000);

  expect(took).toBeGreaterThanOrEqual(30_000);
  expect(took).toBeLessThan(32_000);
  expect(server.log.writes({ type: jobType })).toEqual([]);
  expect(server.log.writes({ type: toyType, subresource: 'status' })).toEqual([]);
});

test('a leader that cannot renew gives its passes up and ends as lostLeadership', async () => {
  seedToys(1);
  const { controller, begun, goOn } = slowController();
  const first = operator('first', controller);
  await clock.advanceUntil(begun, 10_000);
  server.faults.add({ path: /leases/, times: Infinity }, { do: 'status', code: 500 });

  await clock.advance(20_000);
  goOn();

  expect(await first.manager.done).toEqual({ kind: 'lostLeadership' });
  await clock.advance(20_000);
  expect(server.log.writes({ type: jobType })).toEqual([]);
});

test('a leader frozen in the middle of a pass writes nothing of it once another leads', async () => {
  seedToys(1);
  const frozen = freezableClock(clock);
  const { controller, begun, goOn } = slowController();
  const first = operator('first', controller, frozen);
  await clock.advanceUntil(begun, 10_000);
  const second = operator('second', toyController());
  await clock.advance(10_000);

  frozen.freeze();
  const frozenAt = clock.monotonic();
  await clock.advanceUntil(areAllDone, 60_000);
  await clock.advance(frozenAt + 60_000 - clock.monotonic());
  goOn();
  frozen.thaw();
  await clock.advance(5_000);

  expect(await first.manager.done).toEqual({ kind: 'lostLeadership' });
  expect(second.elector.mayWrite()).toBe(true);
  expect(server.log.writes({ userAgent: /^first$/ }).filter((write) => write.monotonic > frozenAt)).toEqual(
    [],
  );
  expect(server.log.writes({ type: toyType, subresource: 'status' })).toHaveLength(1);
  expect(server.log.writes({ type: jobType })).toEqual([]);
});

test('what the caches hold and how fresh they are is in the metrics', async () => {
  seedToys(3);
  const { metrics } = operator('one', toyController());
  await clock.advance(10_000);

  expect(await sample(metrics, 'pgcairn_cache_objects{kind="Toy"}')).toBe(3);
  expect(await sample(metrics, 'pgcairn_cache_lists_total{kind="Toy"}')).toBe(1);
  expect(await sample(metrics, 'pgcairn_cache_contact_age_seconds{kind="Toy"}')).toBeLessThan(90);
  expect(await sample(metrics, 'leader_election_master_status{name="pgcairn"}')).toBe(1);
});

test('a stop before the first list is done ends at once', async () => {
  server.faults.add({ path: /toys/, times: Infinity }, { do: 'status', code: 500 });
  const { manager } = operator('one', toyController());
  await clock.advance(5_000);

  expect(await manager.stop()).toEqual({ kind: 'stopped' });
  expect(server.log.count({ type: leaseType })).toBe(0);
});

interface ToyEvent extends KubeObject {
  readonly series: { readonly count: number };
}

test('events of a decision are written once and repeats are counted', async () => {
  seedToys(1);
  const note = { type: 'Normal', reason: 'Doubled', action: 'Double', note: 'doubled the number' } as const;
  operator(
    'one',
    toyController({ decide: (seen) => doubled(seen, { events: [note], wakeAfterSeconds: 60 }) }),
  );

  await clock.advance(200_000);

  const events = server.list(eventType as ResourceType<ToyEvent>);
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({
    reason: 'Doubled',
    action: 'Double',
    type: 'Normal',
    note: 'doubled the number',
    reportingController: 'pgcairn.dev/operator',
    reportingInstance: 'one_1',
    regarding: { kind: 'Toy', namespace: 'shop', name: 'toy-0', uid: expect.any(String) },
  });
  expect(events[0]?.series.count).toBeGreaterThanOrEqual(3);
});

test('Events that the API server refuses fail no pass', async () => {
  seedToys(1);
  server.faults.add({ path: /\/events/, times: Infinity }, { do: 'status', code: 403, reason: 'Forbidden' });
  const note = { type: 'Warning', reason: 'Doubled', action: 'Double', note: 'doubled the number' } as const;
  const { metrics } = operator('one', toyController({ decide: (seen) => doubled(seen, { events: [note] }) }));

  await clock.advanceUntil(areAllDone, 10_000);
  await clock.advance(10_000);

  expect(await sample(metrics, 'controller_runtime_reconcile_errors_total{controller="toy"}')).toBe(0);
  expect(await sample(metrics, 'pgcairn_events_dropped_total')).toBeGreaterThan(0);
});
