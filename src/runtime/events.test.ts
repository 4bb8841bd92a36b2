import { afterEach, beforeEach, expect, test } from 'vitest';
import { manualClock } from '../../test/fault/fake-clock.ts';
import type { ManualClock } from '../../test/fault/fake-clock.ts';
import { silentLogger } from '../base/logger.ts';
import type { KubeObject } from '../base/resource.ts';
import type { KubeClient } from '../kube/client.ts';
import { ApiError } from '../kube/errors.ts';
import type { EventNote } from './decision.ts';
import { EventRecorder } from './events.ts';

interface Written extends KubeObject {
  readonly note: string;
  readonly series?: { readonly count: number };
}

const toy: KubeObject = {
  apiVersion: 'test/v1',
  kind: 'Toy',
  metadata: { namespace: 'shop', name: 'toy', uid: 'u1', resourceVersion: '5' },
};

let clock: ManualClock;
let created: Written[];
let patches: { name: string; count: number }[];
let error: Error | undefined;
let writable: number;
let dropped: number;
let stop: AbortController;
let ended: Promise<void>;
let recorder: EventRecorder;

beforeEach(() => {
  clock = manualClock();
  created = [];
  patches = [];
  error = undefined;
  writable = 10_000;
  dropped = 0;
  stop = new AbortController();
  recorder = new EventRecorder({
    client: fakeClient(),
    clock,
    logger: silentLogger,
    metrics: { eventDropped: () => (dropped += 1) },
    leadership: { mayWrite: () => writable > 0, writableMilliseconds: () => writable },
    controller: 'pgcairn.dev/operator',
    instance: 'host_1',
  });
  ended = recorder.run(stop.signal);
});

afterEach(async () => {
  stop.abort();
  await ended;
});

function fakeClient(): KubeClient {
  const fail = (): Promise<never> => Promise.reject(new Error('not asked for'));
  return {
    get: fail,
    list: fail,
    apply: fail,
    replace: fail,
    delete: fail,
    create: async (_type, object) => {
      await Promise.resolve();
      if (error !== undefined) throw error;
      created.push(object as unknown as Written);
      return object;
    },
    mergePatch: async (_type, { name }, patch) => {
      await Promise.resolve();
      if (error !== undefined) throw error;
      if (!created.some((event) => event.metadata.name === name))
        throw new ApiError('gone', { status: 404, reason: 'NotFound' });
      patches.push({ name, count: (patch as { series: { count: number } }).series.count });
      return {} as never;
    },
  };
}

function note(text = 'made it', reason = 'Made'): EventNote {
  return { type: 'Normal', reason, action: 'Make', note: text };
}

test('an Event names the object, the reason and who says it', async () => {
  recorder.record(toy, note());
  await clock.advance(0);

  expect(created).toEqual([
    {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { namespace: 'shop', name: expect.stringMatching(/^toy\.[0-9a-f]{16}$/) },
      eventTime: '2026-11-20T00:00:00.000000Z',
      reportingController: 'pgcairn.dev/operator',
      reportingInstance: 'host_1',
      action: 'Make',
      reason: 'Made',
      type: 'Normal',
      note: 'made it',
      regarding: { ...toy.metadata, apiVersion: 'test/v1', kind: 'Toy' },
    },
  ]);
});

test('the same again within ten minutes of the last is counted in the same Event', async () => {
  for (let repeat = 0; repeat < 3; repeat += 1) {
    recorder.record(toy, note());
    await clock.advance(599_000);
  }

  expect(created).toHaveLength(1);
  expect(patches.map((patch) => patch.count)).toEqual([2, 3]);
});

test('the same after more than ten minutes is a new Event', async () => {
  recorder.record(toy, note());
  await clock.advance(600_001);
  recorder.record(toy, note());
  await clock.advance(0);

  expect(created).toHaveLength(2);
  expect(patches).toEqual([]);
});

test.each([
  ['another note', toy, note('made another')],
  ['another reason', toy, note('made it', 'Remade')],
  ['another object', { ...toy, metadata: { ...toy.metadata, uid: 'u2' } }, note()],
])('%s is another Event', async (_name, object, other) => {
  recorder.record(toy, note());
  recorder.record(object, other);
  await clock.advance(0);

  expect(created).toHaveLength(2);
});

test('one object gets 25 Events at once and then one in five minutes; others are not held up', async () => {
  const other = { ...toy, metadata: { ...toy.metadata, uid: 'u2' } };
  for (let index = 0; index < 40; index += 1) recorder.record(toy, note(`number ${index}`));
  recorder.record(other, note());
  await clock.advance(0);
  expect(created).toHaveLength(26);
  expect(dropped).toBe(15);

  await clock.advance(300_000);
  recorder.record(toy, note('later'));
  recorder.record(toy, note('too many'));
  await clock.advance(0);

  expect(created).toHaveLength(27);
});

test('a series whose Event has expired begins a new one', async () => {
  recorder.record(toy, note());
  await clock.advance(0);
  created.splice(0);

  recorder.record(toy, note());
  await clock.advance(0);

  expect(created).toHaveLength(1);
  expect(created[0]?.series?.count).toBe(2);
});

test('a note is cut to 1,000 bytes at a character', async () => {
  recorder.record(toy, note(`a${'é'.repeat(900)}`));
  await clock.advance(0);

  expect(created[0]?.note).toBe(`a${'é'.repeat(499)}`);
});

test('a refused Event is dropped and counted, and the next is written', async () => {
  error = new ApiError('forbidden', { status: 403 });
  recorder.record(toy, note('first'));
  await clock.advance(0);
  error = undefined;
  recorder.record(toy, note('second'));
  await clock.advance(0);

  expect(dropped).toBe(1);
  expect(created.map((event) => event.note)).toEqual(['second']);
});

test('without a lease no Event is written', async () => {
  writable = 0;
  recorder.record(toy, note());
  await clock.advance(0);

  expect(created).toEqual([]);
  expect(dropped).toBe(1);
});

test('what was recorded before the stop is still written', async () => {
  for (let index = 0; index < 5; index += 1) recorder.record(toy, note(`number ${index}`));
  stop.abort();
  await ended;

  expect(created).toHaveLength(5);
});

test('a name at the limit still gives a valid Event name', async () => {
  const name = `${'a'.repeat(229)}-${'b'.repeat(23)}`;
  recorder.record({ ...toy, metadata: { ...toy.metadata, name } }, note());
  await clock.advance(0);

  expect(created[0]?.metadata.name).toMatch(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  );
  expect(created[0]?.metadata.name.length).toBeLessThanOrEqual(253);
});
