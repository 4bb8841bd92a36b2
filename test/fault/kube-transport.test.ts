import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectKey } from '../../src/base/resource.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { ApiError, TransportError, isAlreadyExists, isConflict } from '../../src/kube/errors.ts';
import { jobType, leaseType } from '../../src/kube/types.ts';
import type { Job, Lease } from '../../src/kube/types.ts';
import { startFakeApiServer } from './fake-api-server/index.ts';
import type { FakeApiServer } from './fake-api-server/index.ts';
import { manualClock, settle } from './fake-clock.ts';
import type { ManualClock } from './fake-clock.ts';

let clock: ManualClock;
let server: FakeApiServer;
let client: KubeClient;
beforeEach(async () => {
  clock = manualClock();
  server = await startFakeApiServer({ clock });
  ({ client } = server);
});
afterEach(async () => {
  await server.close();
});

const key: ObjectKey = { namespace: 'n', name: 'a' };
const job: Job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { ...key }, spec: { suspend: true } };
const lease: Lease = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { namespace: 'n', name: 'leader' },
  spec: { holderIdentity: 'me' },
};

/** Lets virtual time run until the call ends; gives its value, or its error as a value. */
async function outcomeOf<T>(call: Promise<T>, limit = 600_000): Promise<T | Error> {
  let outcome: { value: T | Error } | undefined;
  call.then(
    (value) => (outcome = { value }),
    (error: unknown) => (outcome = { value: error as Error }),
  );
  await clock.advanceUntil(() => outcome !== undefined, limit);
  return outcome!.value;
}

describe('an answer that is lost after the write was applied (fault 11)', () => {
  it('of a create with a name: it is sent again, and AlreadyExists tells that it is there; no second object', async () => {
    server.faults.add({ method: 'POST' }, { do: 'drop-after' });

    const outcome = await outcomeOf(client.create(jobType, job));

    expect(isAlreadyExists(outcome)).toBe(true);
    expect(server.list(jobType)).toHaveLength(1);
    expect(server.log.history(jobType).get('n/a')?.created).toBe(1);
  });
  it('of a create with a generated name: it is not sent again, and the outcome is told as unclear', async () => {
    server.faults.add({ method: 'POST' }, { do: 'drop-after' });
    const metadata = { name: '', namespace: 'n', generateName: 'a-' };

    const outcome = await outcomeOf(client.create(jobType, { ...job, metadata }));

    expect(outcome).toMatchObject({ name: 'TransportError', outcome: 'unknown' });
    expect(server.list(jobType)).toHaveLength(1);
  });
  it('of a replace with resourceVersion: it is sent again and conflicts with itself; applied once', async () => {
    const made = await client.create(leaseType, lease);
    server.faults.add({ method: 'PUT' }, { do: 'drop-after' });

    const outcome = await outcomeOf(client.replace(leaseType, { ...made, spec: { holderIdentity: 'you' } }));

    expect(isConflict(outcome)).toBe(true);
    expect(server.read(leaseType, { namespace: 'n', name: 'leader' })?.spec?.holderIdentity).toBe('you');
    expect(server.log.writes({ type: leaseType, verb: 'replace' })).toHaveLength(1);
  });
  it('of a merge patch without resourceVersion: it is not sent again', async () => {
    await client.create(jobType, job);
    server.faults.add({ method: 'PATCH' }, { do: 'drop-after' });

    const outcome = await outcomeOf(client.mergePatch(jobType, key, { metadata: { labels: { a: 'b' } } }));

    expect(outcome).toMatchObject({ name: 'TransportError', outcome: 'unknown' });
    expect(server.log.count({ verb: 'patch' })).toBe(1);
  });
  it('of an apply: it is sent again and changes nothing more', async () => {
    await client.apply(jobType, job, { fieldManager: 'pgcairn-backup', force: true });
    server.faults.add({ method: 'PATCH' }, { do: 'drop-after' });
    const changed = { ...job, metadata: { ...key, labels: { a: 'b' } } };

    const outcome = await outcomeOf(
      client.apply(jobType, changed, { fieldManager: 'pgcairn-backup', force: true }),
    );

    expect(outcome).toMatchObject({ metadata: { labels: { a: 'b' } } });
    expect(server.log.writes({ verb: 'apply' })).toHaveLength(2);
  });
  it('of a delete: it is sent again and finds the object absent', async () => {
    const { uid = '' } = (await client.create(jobType, job)).metadata;
    server.faults.add({ method: 'DELETE' }, { do: 'drop-after' });

    expect(await outcomeOf(client.delete(jobType, key, { uid }, 'Background'))).toBe('absent');
    expect(server.list(jobType)).toHaveLength(0);
  });
  it.each(['truncate', 'garble'] as const)('of a get, by %s: it is sent again', async (how) => {
    await client.create(jobType, job);
    server.faults.add(
      { method: 'GET' },
      how === 'truncate' ? { do: 'truncate', bytes: 20 } : { do: 'garble' },
    );

    expect(await outcomeOf(client.get(jobType, key))).toMatchObject({ metadata: { name: 'a' } });
  });
});

describe('trouble of the server', () => {
  it.each([502, 503, 504])('%i is waited out by a call that may be repeated', async (code) => {
    await client.create(jobType, job);
    server.faults.add({ method: 'GET', times: 4 }, { do: 'status', code });

    expect(await outcomeOf(client.get(jobType, key))).toMatchObject({ metadata: { name: 'a' } });
    expect(clock.monotonic()).toBeGreaterThan(500);
  });
  it.each([400, 401, 403, 404, 409, 422, 500])('%i is told at once: one request', async (code) => {
    server.faults.add({ method: 'PUT', times: Infinity }, { do: 'status', code });
    const metadata = { ...key, resourceVersion: '1' };

    const outcome = await outcomeOf(client.replace(jobType, { ...job, metadata }));

    expect(outcome).toBeInstanceOf(ApiError);
    expect((outcome as ApiError).status).toBe(code);
    expect(server.log.count({ verb: 'replace' })).toBe(1);
  });
  it('gives up when the time of the whole call is over, retries included', async () => {
    server.faults.add({ times: Infinity }, { do: 'status', code: 503 });

    const outcome = await outcomeOf(client.get(jobType, key, { timeoutMilliseconds: 5_000 }));

    expect(outcome).toMatchObject({ name: 'ApiError', status: 503 });
    expect(clock.monotonic()).toBeLessThanOrEqual(5_000);
  });
  it('ends a call to a silent server at its deadline, with an error that says so', async () => {
    server.faults.add({ times: Infinity }, { do: 'half-open' });

    const outcome = await outcomeOf(client.get(jobType, key));

    expect(outcome).toBeInstanceOf(TransportError);
    expect(outcome).toMatchObject({ code: 'DEADLINE', outcome: 'unknown' });
    expect((outcome as Error).message).toContain('within 30 s');
    expect(clock.monotonic()).toBe(30_000);
  });
  it('says what was wrong before when a repeated try is cut off by the deadline', async () => {
    server.faults.add({ times: 1 }, { do: 'status', code: 503 });
    server.faults.add({ times: Infinity }, { do: 'half-open' });

    const outcome = await outcomeOf(client.get(jobType, key));

    expect(outcome).toMatchObject({ code: 'DEADLINE', outcome: 'unknown', cause: { status: 503 } });
    expect((outcome as Error).message).toMatch(/within 30 s; the try before it: .*503/);
  });
  it('ends a call with the reason of its signal, and leaves nothing waiting', async () => {
    server.faults.add({ times: Infinity }, { do: 'half-open' });
    const scope = new AbortController();
    const call = client.get(jobType, key, { signal: scope.signal });
    await settle();
    const reason = new Error('the leader is no leader any more');

    scope.abort(reason);

    await expect(call).rejects.toBe(reason);
    expect(clock.sleepers).toBe(0);
  });
});

describe('a storm of conflicts (fault 12)', () => {
  it('is answered by one request per call: waiting is the queue’s business', async () => {
    const made = await client.create(leaseType, lease);
    server.faults.add({ method: 'PUT', times: Infinity }, { do: 'status', code: 409, reason: 'Conflict' });

    for (let call = 0; call < 30; call += 1) {
      const outcome = await outcomeOf(client.replace(leaseType, made));
      expect(isConflict(outcome)).toBe(true);
    }

    expect(server.log.count({ verb: 'replace' })).toBe(30);
  });
});

describe('429 with Retry-After 7 (fault 13)', () => {
  it('stops every call of the lane for 7 s, and loses none', async () => {
    await client.create(jobType, job);
    server.log.clear();
    const busy = server.faults.add(
      { method: 'GET', path: /jobs/, times: Infinity },
      { do: 'status', code: 429, reason: 'TooManyRequests', retryAfterSeconds: 7 },
    );
    const calls = Array.from({ length: 5 }, () => client.get(jobType, key, { timeoutMilliseconds: 120_000 }));
    await clock.advance(60_000);
    busy.remove();
    const outcomes = await outcomeOf(Promise.all(calls));

    expect(outcomes).toHaveLength(5);
    const times = [...new Set(server.log.find({ type: jobType }).map((request) => request.monotonic))];
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(7_000);
  });
  it('does not hold up leases: they have a lane of their own', async () => {
    const made = await client.create(leaseType, lease, { lane: 'lease' });
    server.faults.add({ path: /jobs/, times: Infinity }, { do: 'status', code: 429, retryAfterSeconds: 7 });
    const slow = client.get(jobType, key).catch((error: unknown) => error);
    await settle();

    const before = clock.monotonic();
    const renewed = await client.replace(
      leaseType,
      { ...made, spec: { holderIdentity: 'you' } },
      {},
      { lane: 'lease' },
    );

    expect(renewed.spec?.holderIdentity).toBe('you');
    expect(clock.monotonic()).toBe(before);
    await outcomeOf(slow);
  });
  it('is told at once, without a request, when the wait is longer than the call may take', async () => {
    server.faults.add({ times: 1 }, { do: 'status', code: 429, retryAfterSeconds: 60 });

    const first = await outcomeOf(client.get(jobType, key));
    const second = await outcomeOf(client.get(jobType, key));

    expect(first).toMatchObject({ status: 429, retryAfterSeconds: 60 });
    expect(second).toMatchObject({ status: 429, retryAfterSeconds: 60 });
    expect(server.log.requests).toHaveLength(1);
    expect(clock.monotonic()).toBe(0);
  });
});

describe('the client’s own rate limit', () => {
  it('lets a burst through, then so many per second, and spares the lane of leases', async () => {
    const { client: limited } = server.connect('limited', { rateLimit: { queriesPerSecond: 10, burst: 5 } });
    const calls = Array.from({ length: 25 }, () => limited.get(jobType, key));
    await settle();
    const burst = server.log.count({ userAgent: /limited/ });
    const urgent = await limited.get(leaseType, { namespace: 'n', name: 'leader' }, { lane: 'lease' });
    await outcomeOf(Promise.all(calls));

    expect(burst).toBe(5);
    expect(urgent).toBeUndefined();
    expect(clock.monotonic()).toBe(2_000);
  });
});

describe('what is counted', () => {
  it('every answer by method and code, and calls without one', async () => {
    const counted: string[] = [];
    const { client: counting } = server.connect('counting', {
      onRequest: ({ method, code }) => counted.push(`${method} ${code}`),
    });
    await counting.create(jobType, job);
    await counting.get(jobType, { namespace: 'n', name: 'none' });
    server.faults.add({ method: 'GET' }, { do: 'reset' });
    await outcomeOf(counting.get(jobType, key));

    expect(counted).toEqual(['POST 201', 'GET 404', 'GET <error>', 'GET 200']);
  });
});
