import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import type { KubeObject, ResourceType } from '../../src/base/resource.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { leaseType } from '../../src/kube/types.ts';
import { createLeaderElector } from '../../src/runtime/leader.ts';
import type { LeaderElector } from '../../src/runtime/leader.ts';
import { createRuntimeMetrics } from '../../src/runtime/metrics.ts';
import { startFakeApiServer } from './fake-api-server/index.ts';
import type { FakeApiServer } from './fake-api-server/index.ts';
import { manualClock } from './fake-clock.ts';
import type { ManualClock } from './fake-clock.ts';
import { freezableClock } from './runtime-toy.ts';

const namespace = 'pgcairn-system';
const leaseKey = { namespace, name: 'pgcairn' };
const leasePath = /\/leases\/pgcairn/;
const configMapType: ResourceType = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps' };
const journal = { namespace, name: 'journal' };

let clock: ManualClock;
let server: FakeApiServer;
const candidates: Candidate[] = [];

beforeEach(async () => {
  clock = manualClock();
  server = await startFakeApiServer({ clock });
  const empty = { apiVersion: 'v1', kind: 'ConfigMap', metadata: journal, data: {} };
  server.seed<KubeObject>(configMapType, empty);
});

afterEach(async () => {
  server.faults.clear();
  for (const candidate of candidates.splice(0)) {
    candidate.thaw();
    candidate.stop.abort();
    await clock.advance(40_000);
    await candidate.end;
  }
  await server.close();
});

/** One operator process: stands for leader, and while it leads writes its name once a second if it may. */
interface Candidate {
  readonly name: string;
  readonly elector: LeaderElector;
  readonly stop: AbortController;
  readonly end: Promise<'stopped' | 'lost'>;
  /** Since then (virtual ms) this process holds the lease as far as it knows. */
  terms: { from: number; to: number | undefined }[];
  /** From now on nothing of the process runs, as under SIGSTOP, while time goes on. */
  freeze(): void;
  thaw(): void;
}

function candidate(name: string): Candidate {
  const processClock = freezableClock(clock);
  const { client } = server.connect(name, { clock: processClock });
  const elector = createLeaderElector({
    client,
    namespace,
    name: 'pgcairn',
    identity: `${name}_1`,
    clock: processClock,
    random: () => 0.5,
    logger: silentLogger,
    metrics: createRuntimeMetrics(),
  });
  const stop = new AbortController();
  const terms: Candidate['terms'] = [];
  async function lead(lost: AbortSignal): Promise<void> {
    const term: Candidate['terms'][number] = { from: clock.monotonic(), to: undefined };
    terms.push(term);
    const over = AbortSignal.any([lost, stop.signal]);
    while (!over.aborted) {
      await writeName(client, elector, name);
      await processClock.sleep(1_000, over).catch(() => undefined);
    }
    term.to = clock.monotonic();
  }
  const made: Candidate = {
    name,
    elector,
    stop,
    end: elector.run(lead, stop.signal),
    terms,
    freeze: () => processClock.freeze(),
    thaw: () => processClock.thaw(),
  };
  candidates.push(made);
  return made;
}

async function writeName(client: KubeClient, elector: LeaderElector, name: string): Promise<void> {
  const timeoutMilliseconds = elector.writableMilliseconds();
  if (timeoutMilliseconds <= 0) return;
  const patch = { data: { by: name } };
  await client.mergePatch(configMapType, journal, patch, {}, { timeoutMilliseconds }).catch(() => undefined);
}

/** Who wrote the journal, second by second. */
function writesOf(name: string): readonly number[] {
  return server.log
    .writes({ type: configMapType, userAgent: new RegExp(`^${name}$`) })
    .map((w) => w.monotonic);
}

function leading(): string[] {
  return candidates.filter((one) => one.elector.mayWrite()).map((one) => one.name);
}

async function untilLeads(one: Candidate, limit = 60_000): Promise<number> {
  return clock.advanceUntil(() => one.elector.mayWrite(), limit);
}

test('of two candidates one leads, and goes on leading', async () => {
  const first = candidate('first');
  await untilLeads(first);
  candidate('second');

  await clock.advance(120_000);

  expect(leading()).toEqual(['first']);
  expect(writesOf('second')).toEqual([]);
  expect(server.read(leaseType, leaseKey)?.spec).toMatchObject({
    holderIdentity: 'first_1',
    leaseDurationSeconds: 15,
    leaseTransitions: 0,
    renewTime: expect.stringMatching(/\.\d{6}Z$/),
  });
});

test('a leader that stops hands over in less than 3 s', async () => {
  const first = candidate('first');
  await untilLeads(first);
  const second = candidate('second');
  await clock.advance(30_000);

  first.stop.abort();
  const took = await untilLeads(second);

  expect(await first.end).toBe('stopped');
  expect(took).toBeLessThan(3_000);
  expect(second.elector.epoch).toBe(1);
});

test('a leader that stops meanwhile keeps the lease until its passes have ended', async () => {
  const drained = Promise.withResolvers<void>();
  const first = candidate('first');
  await untilLeads(first);
  const { client } = server.connect('slow');
  const elector = createLeaderElector({
    client,
    namespace,
    name: 'other',
    identity: 'slow_1',
    clock,
    random: () => 0.5,
    logger: silentLogger,
    metrics: createRuntimeMetrics(),
  });
  const stop = new AbortController();
  const end = elector.run(() => drained.promise, stop.signal);
  await clock.advance(5_000);

  stop.abort();
  await clock.advance(25_000);

  expect(elector.mayWrite()).toBe(true);
  drained.resolve();
  expect(await end).toBe('stopped');
  expect(server.read(leaseType, { namespace, name: 'other' })?.spec?.holderIdentity).toBeUndefined();
});

test('a leader frozen for 60 s writes nothing after its lease ran out, and learns that it lost', async () => {
  const first = candidate('first');
  await untilLeads(first);
  const second = candidate('second');
  await clock.advance(20_000);
  const frozenAt = clock.monotonic();

  first.freeze();
  await untilLeads(second);
  const takenAt = clock.monotonic();
  await clock.advance(60_000 - (takenAt - frozenAt));
  first.thaw();
  await clock.advance(20_000);

  expect(await first.end).toBe('lost');
  expect(Math.max(...writesOf('first'))).toBeLessThan(frozenAt + 15_000);
  expect(Math.min(...writesOf('second'))).toBeGreaterThanOrEqual(takenAt);
  expect(leading()).toEqual(['second']);
});

test('a write that the server does not answer is given up before the lease ends', async () => {
  const first = candidate('first');
  await untilLeads(first);
  server.faults.add({ method: 'PATCH', times: Infinity }, { do: 'status', code: 503, retryAfterSeconds: 1 });
  server.faults.add({ path: leasePath, times: Infinity }, { do: 'half-open' });
  const cutOffAt = clock.monotonic();

  await clock.advance(60_000);

  const tries = server.log.find({ type: configMapType, userAgent: /^first$/ }).map((r) => r.monotonic);
  expect(Math.max(...tries)).toBeGreaterThan(cutOffAt);
  expect(Math.max(...tries)).toBeLessThan(cutOffAt + 15_000);
});

const survived: readonly [string, () => void][] = [
  ['every lease call takes 9 s', () => server.faults.add({ path: leasePath, times: Infinity }, delay(9_000))],
  ['one lease call in a dead connection', () => server.faults.add({ path: leasePath }, { do: 'half-open' })],
  [
    'lease calls answered with 500 for 8 s',
    () => {
      const fault = server.faults.add({ path: leasePath, times: Infinity }, { do: 'status', code: 500 });
      void clock.sleep(8_000).then(() => fault.remove());
    },
  ],
  [
    'a renewal refused as a conflict',
    () =>
      server.faults.add({ method: 'PUT', path: leasePath }, { do: 'status', code: 409, reason: 'Conflict' }),
  ],
  [
    'a renewal applied but not answered',
    () => server.faults.add({ method: 'PUT', path: leasePath }, { do: 'drop-after' }),
  ],
  [
    'somebody else writing into the lease',
    () => void server.patch(leaseType, leaseKey, { metadata: { labels: { a: 'b' } } }),
  ],
  ['the lease deleted', () => server.remove(leaseType, leaseKey)],
  ['the wall clock an hour ahead', () => clock.shiftWallClock(3_600_000)],
  ['the wall clock an hour behind', () => clock.shiftWallClock(-3_600_000)],
];

function delay(milliseconds: number): { do: 'delay'; milliseconds: number } {
  return { do: 'delay', milliseconds };
}

test.each(survived)('the leader leads on with %s', async (_name, disturb) => {
  const first = candidate('first');
  await untilLeads(first);
  await clock.advance(5_000);

  disturb();
  await clock.advance(60_000);
  server.faults.clear();
  await clock.advance(5_000);

  expect(first.terms).toEqual([{ from: expect.any(Number), to: undefined }]);
  expect(leading()).toEqual(['first']);
});

test.each(survived)('never do two lead at a time with %s', async (_name, disturb) => {
  const first = candidate('first');
  await untilLeads(first);
  candidate('second');
  await clock.advance(5_000);

  disturb();
  let both = 0;
  for (let second = 0; second < 60; second += 1) {
    await clock.advance(1_000);
    if (leading().length > 1) both += 1;
  }

  expect(both).toBe(0);
});

test('cut off from the API server the leader loses the lease after 10 s without a renewal', async () => {
  const first = candidate('first');
  await untilLeads(first);
  await clock.advance(5_000);
  server.faults.add({ path: leasePath, times: Infinity }, { do: 'status', code: 500 });

  const took = await clock.advanceUntil(() => first.terms[0]?.to !== undefined, 60_000);

  expect(await first.end).toBe('lost');
  expect(took).toBeGreaterThanOrEqual(10_000);
  expect(took).toBeLessThanOrEqual(15_000);
});

const hindrances: readonly [string, () => void, 'free' | 'held'][] = [
  ['a conflict', () => conflict(1), 'free'],
  ['four conflicts', () => conflict(4), 'free'],
  ['an answer lost', () => server.faults.add({ method: 'PUT' }, { do: 'drop-after' }), 'free'],
  ['no answer for ever', () => server.faults.add({ times: Infinity }, { do: 'half-open' }), 'held'],
];

function conflict(times: number): void {
  server.faults.add({ method: 'PUT', times }, { do: 'status', code: 409, reason: 'Conflict' });
}

test.each(hindrances)('release with %s ends within 8 s', async (_name, hinder, left) => {
  const first = candidate('first');
  await untilLeads(first);
  await clock.advance(2_500);
  hinder();

  first.stop.abort();
  const ended = { yes: false };
  void first.end.then(() => (ended.yes = true));
  const took = await clock.advanceUntil(() => ended.yes, 60_000);

  expect(took).toBeLessThanOrEqual(8_000);
  expect(server.read(leaseType, leaseKey)?.spec?.holderIdentity === undefined ? 'free' : 'held').toBe(left);
});

test('a lease that a dead process left is taken once it has not changed for its whole duration', async () => {
  server.seed(leaseType, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: leaseKey,
    // A time of long ago by another clock says nothing.
    spec: {
      holderIdentity: 'dead_1',
      leaseDurationSeconds: 15,
      renewTime: '2020-01-01T00:00:00.000000Z',
      leaseTransitions: 4,
    },
  });
  const first = candidate('first');

  const took = await untilLeads(first);

  expect(took).toBeGreaterThanOrEqual(15_000);
  expect(took).toBeLessThan(18_500);
  expect(first.elector.epoch).toBe(5);
});

test('stopping a candidate that waits for the lease ends it at once and leaves the lease alone', async () => {
  const first = candidate('first');
  await untilLeads(first);
  const second = candidate('second');
  await clock.advance(5_000);

  second.stop.abort();

  expect(await second.end).toBe('stopped');
  expect(server.read(leaseType, leaseKey)?.spec?.holderIdentity).toBe('first_1');
});
