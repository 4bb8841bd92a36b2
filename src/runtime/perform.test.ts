import { expect, test } from 'vitest';
import type { KubeObject, ResourceType } from '../base/resource.ts';
import type { CallOptions, KubeClient } from '../kube/client.ts';
import { ApiError } from '../kube/errors.ts';
import { jobType, leaseType } from '../kube/types.ts';
import type { Action, Decision } from './decision.ts';
import { Fenced } from './leadership.ts';
import { perform } from './perform.ts';
import type { PerformContext } from './perform.ts';

const toyType: ResourceType = { group: 'test', version: 'v1', kind: 'Toy', plural: 'toys' };
const key = { namespace: 'shop', name: 'toy' };
const observed = {
  apiVersion: 'test/v1',
  kind: 'Toy',
  metadata: { ...key, uid: 'u1', resourceVersion: '10' },
  status: { ready: false },
};
const job: KubeObject = { apiVersion: 'batch/v1', kind: 'Job', metadata: { ...key, name: 'job' } };
const conflict = new ApiError('conflict', { status: 409, reason: 'Conflict' });
const exists = new ApiError('exists', { status: 409, reason: 'AlreadyExists' });
const notFound = new ApiError('not found', { status: 404, reason: 'NotFound' });
const foreignUid = new ApiError('invalid', {
  status: 422,
  reason: 'Invalid',
  causes: [{ field: 'metadata.uid', message: 'field is immutable' }],
});

interface Effects {
  readonly done: string[];
  readonly sent: object[];
  readonly timeouts: (number | undefined)[];
}

/** Answers every write with a newer version, or with the error kept for that verb. */
function recordingClient(effects: Effects, errors: Readonly<Record<string, unknown>>): KubeClient {
  function answer<T extends KubeObject>(verb: string, body: object, options?: CallOptions): Promise<T> {
    effects.done.push(verb);
    effects.sent.push(body);
    effects.timeouts.push(options?.timeoutMilliseconds);
    const error = errors[verb];
    if (error !== undefined) return Promise.reject(error as Error);
    return Promise.resolve({
      ...observed,
      metadata: { ...observed.metadata, resourceVersion: '11' },
    } as unknown as T);
  }
  return {
    get: () => Promise.reject(new Error('not asked for')),
    list: () => Promise.reject(new Error('not asked for')),
    create: (_type, object, options) => answer('create', object, options),
    apply: (_type, object, query, options) => answer('apply', { object, query }, options),
    mergePatch: (_type, _key, patch, query, options) =>
      answer(query?.subresource === 'status' ? 'status' : 'patch', patch, options),
    replace: (_type, object, _query, options) => answer('replace', object, options),
    delete: async (_type, object, preconditions, propagation, options) => {
      await answer('delete', { object, preconditions, propagation }, options);
      return 'deleted';
    },
  };
}

function setUp(
  errors: Readonly<Record<string, unknown>> = {},
  changes: Partial<PerformContext> = {},
): { effects: Effects; run: (decision: Partial<Decision<unknown>>) => ReturnType<typeof perform> } {
  const effects: Effects = { done: [], sent: [], timeouts: [] };
  const context: PerformContext = {
    client: recordingClient(effects, errors),
    leadership: { mayWrite: () => true, writableMilliseconds: () => 9_000 },
    fieldManager: 'pgcairn-toy',
    type: toyType,
    observed,
    writes: { wrote: () => undefined, deleted: () => undefined },
    record: (_regarding, note) => void effects.done.push(`event ${note.reason}`),
    signal: new AbortController().signal,
    ...changes,
  };
  return { effects, run: (decision) => perform({ actions: [], events: [], ...decision }, context) };
}

const create: Action = { do: 'create', type: jobType, object: job };
const apply: Action = { do: 'apply', type: jobType, object: job };
const remove: Action = { do: 'delete', type: jobType, key, uid: 'u7' };
const replace: Action = { do: 'replace', type: leaseType, object: job };
const patch: Action = {
  do: 'patch',
  type: jobType,
  key,
  uid: 'u7',
  resourceVersion: '3',
  patch: { spec: {} },
};
const events = [{ type: 'Normal', reason: 'Done', action: 'Do', note: 'done' }] as const;

test('status comes first, then the events, then the actions in order', async () => {
  const { effects, run } = setUp();

  const performed = await run({ status: { ready: true }, actions: [create, patch, remove], events });

  expect(performed).toEqual({ kind: 'done' });
  expect(effects.done).toEqual(['status', 'event Done', 'create', 'patch', 'delete']);
});

test('a create that the API server refuses is told of with its words', async () => {
  const quota = new ApiError('exceeded quota: jobs', { status: 403, reason: 'Forbidden' });
  const notes: string[] = [];
  const { run } = setUp({ create: quota }, { record: (_regarding, { note }) => void notes.push(note) });

  await expect(run({ actions: [create] })).rejects.toBe(quota);

  expect(notes).toEqual(['Job job was refused by the API server: exceeded quota: jobs']);
});

test('a status for a refused create is written after the one before it, and not for any other failure', async () => {
  const decision: Partial<Decision<unknown>> = {
    status: { ready: true },
    actions: [create],
    refused: ({ kind }, words) => ({ ready: true, refused: `${kind}: ${words}` }),
  };
  const refused = setUp({ create: new ApiError('no', { status: 422, reason: 'Invalid' }) });
  await expect(refused.run(decision)).rejects.toThrow('no');
  expect(refused.effects.done).toEqual(['status', 'create', 'event CreateRefused', 'status']);
  expect(refused.effects.sent.at(-1)).toMatchObject({
    metadata: { uid: 'u1', resourceVersion: '11' },
    status: { refused: 'Job: Job job was refused by the API server: no' },
  });

  const broken = setUp({ create: new ApiError('broken', { status: 500 }) });
  await expect(broken.run(decision)).rejects.toThrow('broken');
  expect(broken.effects.done).toEqual(['status', 'create']);
});

test('a status equal to the observed one is not written', async () => {
  const { effects, run } = setUp();

  await run({ status: { ready: false } });

  expect(effects.done).toEqual([]);
});

test('the status of an object that is gone is not written', async () => {
  const { effects, run } = setUp({}, { observed: undefined });

  expect(await run({ status: { ready: true }, actions: [remove] })).toEqual({ kind: 'done' });

  expect(effects.done).toEqual(['delete']);
});

const sent: readonly [string, Partial<Decision<unknown>>, object][] = [
  [
    'status',
    { status: { ready: true } },
    { metadata: { uid: 'u1', resourceVersion: '10' }, status: { ready: true } },
  ],
  ['patch', { actions: [patch] }, { spec: {}, metadata: { uid: 'u7', resourceVersion: '3' } }],
  ['delete', { actions: [remove] }, { object: key, preconditions: { uid: 'u7' }, propagation: 'Background' }],
  [
    'delete of a version',
    { actions: [{ ...remove, resourceVersion: '3' }] },
    { object: key, preconditions: { uid: 'u7', resourceVersion: '3' }, propagation: 'Background' },
  ],
  ['apply', { actions: [apply] }, { object: job, query: { fieldManager: 'pgcairn-toy', force: true } }],
  [
    'patch of metadata',
    { actions: [{ do: 'patch', type: jobType, key, uid: 'u7', patch: { metadata: { finalizers: null } } }] },
    { metadata: { finalizers: null, uid: 'u7' } },
  ],
];

test.each(sent)('%s is sent with its preconditions', async (_name, decision, body) => {
  const { effects, run } = setUp();

  await run(decision);

  expect(effects.sent).toEqual([body]);
});

test('a patch of the own object stands on the version that the status write of this pass made', async () => {
  const { effects, run } = setUp();
  const own: Action = { do: 'patch', type: toyType, key, uid: 'u1', resourceVersion: '10', patch: {} };

  await run({ status: { ready: true }, actions: [own] });

  expect(effects.sent[1]).toEqual({ metadata: { uid: 'u1', resourceVersion: '11' } });
});

test('a patch of the own object under another version than the observed one keeps it', async () => {
  const { effects, run } = setUp();
  const own: Action = { do: 'patch', type: toyType, key, uid: 'u1', resourceVersion: '9', patch: {} };

  await run({ status: { ready: true }, actions: [own] });

  expect(effects.sent[1]).toEqual({ metadata: { uid: 'u1', resourceVersion: '9' } });
});

const endings: readonly [string, string, unknown, string[]][] = [
  ['a conflict on the status', 'status', conflict, ['status']],
  ['an object gone before its status', 'status', notFound, ['status']],
  ['a conflict on an action', 'patch', conflict, ['status', 'event Done', 'patch']],
  ['another object under the name', 'patch', foreignUid, ['status', 'event Done', 'patch']],
  ['a patch of what is gone', 'patch', notFound, ['status', 'event Done', 'patch']],
];

test.each(endings)('%s ends the pass, which starts again', async (_name, verb, error, done) => {
  const { effects, run } = setUp({ [verb]: error });

  const performed = await run({ status: { ready: true }, actions: [patch, create], events });

  expect(performed.kind).toBe('again');
  expect(effects.done).toEqual(done);
});

test('a create that meets an object of that name goes on, and has the next pass look whose it is', async () => {
  const { effects, run } = setUp({ create: exists });

  const performed = await run({ actions: [create, remove], events });

  expect(performed.kind).toBe('again');
  expect(effects.done).toEqual(['event Done', 'create', 'delete']);
});

test.each([new ApiError('forbidden', { status: 403 }), new ApiError('gone wrong', { status: 500 })])(
  'the first action that fails (%s) is the last, and the event of the status is told all the same',
  async (error) => {
    const { effects, run } = setUp({ patch: error });

    await expect(run({ actions: [create, patch, remove], events })).rejects.toBe(error);

    expect(effects.done).toEqual(['event Done', 'create', 'patch']);
  },
);

const everyWrite: readonly [string, Partial<Decision<unknown>>][] = [
  ['status', { status: { ready: true } }],
  ['create', { actions: [create] }],
  ['apply', { actions: [apply] }],
  ['patch', { actions: [patch] }],
  ['delete', { actions: [remove] }],
  ['replace', { actions: [replace] }],
];

test.each(everyWrite)('without a lease %s is not sent', async (_name, decision) => {
  const { effects, run } = setUp(
    {},
    { leadership: { mayWrite: () => false, writableMilliseconds: () => 0 } },
  );

  await expect(run(decision)).rejects.toThrow(Fenced);

  expect(effects.done).toEqual([]);
});

test.each(everyWrite)('%s with its retries ends before the lease can', async (_name, decision) => {
  const { effects, run } = setUp();

  await run(decision);

  expect(effects.timeouts).toEqual([9_000]);
});

test('a pass that is given up between two actions does not do the second', async () => {
  const giveUp = new AbortController();
  const writes = {
    wrote: () => {
      giveUp.abort(new Error('took too long'));
    },
    deleted: () => undefined,
  };
  const { effects, run } = setUp({}, { signal: giveUp.signal, writes });

  await expect(run({ actions: [create, remove] })).rejects.toThrow('took too long');

  expect(effects.done).toEqual(['create']);
});

test('a lease that ends between two actions stops the second', async () => {
  const left = [5_000, 0];
  const leadership = { mayWrite: () => true, writableMilliseconds: () => left.shift() ?? 0 };
  const { effects, run } = setUp({}, { leadership });

  await expect(run({ actions: [create, remove] })).rejects.toThrow(Fenced);

  expect(effects.done).toEqual(['create']);
});
