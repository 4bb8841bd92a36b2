import { assertNever } from '../base/assert-never.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../base/resource.ts';
import { cut } from '../domain/amounts.ts';
import type { CallOptions, KubeClient } from '../kube/client.ts';
import { ApiError, isAlreadyExists, isConflict, isNotFound } from '../kube/errors.ts';
import type { Action, Decision, EventNote } from './decision.ts';
import { keyOf } from './key.ts';
import { Fenced } from './leadership.ts';
import type { Leadership } from './leadership.ts';
import { statusPatch } from './status-writer.ts';

/** How performing ended when nothing was thrown. */
export type Performed =
  | { readonly kind: 'done' }
  /** Something changed under the pass: observe anew. */
  | { readonly kind: 'again'; readonly because: string };

/** Hears of each own write, so that the next pass can wait for the caches to show it. */
export interface WriteListener {
  wrote(type: ResourceType, object: KubeObject): void;
  deleted(type: ResourceType, key: ObjectKey, uid: string): void;
}

export interface PerformContext {
  readonly client: KubeClient;
  readonly leadership: Leadership;
  readonly fieldManager: string;
  readonly type: ResourceType;
  /** The controller's own object as `observe` saw it; undefined when it was absent. */
  readonly observed: KubeObject | undefined;
  readonly writes: WriteListener;
  readonly record: (regarding: KubeObject, note: EventNote) => void;
  readonly signal: AbortSignal;
}

const done: Performed = { kind: 'done' };

/**
 * Carries out a decision: status first, then the events that go with it, then the actions in order up to the first
 * that fails. An Event tells of what status holds now: behind an action that fails it would never be told, since the
 * next pass finds the status as wanted. Before every write the signal and the leadership are asked. Throws what a write threw, unless it means that the
 * observed state is out of date.
 */
export async function perform(decision: Decision<unknown>, context: PerformContext): Promise<Performed> {
  const status = await writeStatus(decision.status, context);
  if (status.kind === 'again') return status;
  const { observed } = context;
  if (observed !== undefined) for (const note of decision.events) context.record(observed, note);
  const after = decision.actions.map((action) => underWrittenStatus(action, context, status.written));
  /** Should the object have changed in this pass, the words are told by the next one, which is refused as well. */
  const tellRefusal: Refused = async (object, words) => {
    if (observed === undefined) return;
    context.record(observed, { type: 'Warning', reason: 'CreateRefused', action: 'Create', note: words });
    await writeStatus(decision.refused?.(object, words), {
      ...context,
      observed: status.written ?? observed,
    });
  };
  let outcome: Performed = done;
  for (const action of after) {
    const performed = await act(action, context, tellRefusal);
    if (performed.kind === 'stop') return { kind: 'again', because: performed.because };
    if (performed.kind === 'unclear') outcome = { kind: 'again', because: performed.because };
  }
  return outcome;
}

/** The call, its retries included, ends before the lease can: one check at its start would not cover them. */
function guard(context: PerformContext): CallOptions {
  context.signal.throwIfAborted();
  const timeoutMilliseconds = context.leadership.writableMilliseconds();
  if (timeoutMilliseconds <= 0) {
    throw new Fenced('not written: this process can no longer be sure to be the leader');
  }
  return { signal: context.signal, timeoutMilliseconds };
}

type StatusWritten =
  | { readonly kind: 'done'; readonly written: KubeObject | undefined }
  | { readonly kind: 'again'; readonly because: string };

async function writeStatus(wanted: unknown, context: PerformContext): Promise<StatusWritten> {
  const { observed, type } = context;
  if (wanted === undefined || observed === undefined) return { kind: 'done', written: undefined };
  const status = statusPatch('status' in observed ? observed.status : undefined, wanted);
  if (status === undefined) return { kind: 'done', written: undefined };
  const { uid, resourceVersion } = observed.metadata;
  const patch = { metadata: { uid, resourceVersion }, status };
  const query = { subresource: 'status', fieldManager: context.fieldManager } as const;
  try {
    const written = await context.client.mergePatch(
      type,
      keyOf(observed.metadata),
      patch,
      query,
      guard(context),
    );
    context.writes.wrote(type, written);
    return { kind: 'done', written };
  } catch (error) {
    if (isOutdated(error))
      return { kind: 'again', because: 'the object changed before its status was written' };
    if (isNotFound(error)) return { kind: 'again', because: 'the object went before its status was written' };
    throw error;
  }
}

/**
 * A patch of the own object under the observed version would always meet the version that the status write made.
 * That write had the observed version as its own precondition, so the version after it stands for the same state.
 */
function underWrittenStatus(
  action: Action,
  context: PerformContext,
  written: KubeObject | undefined,
): Action {
  const before = context.observed?.metadata;
  const after = written?.metadata.resourceVersion;
  if (action.do !== 'patch' || before === undefined || after === undefined) return action;
  if (action.uid !== before.uid || action.resourceVersion !== before.resourceVersion) return action;
  return { ...action, resourceVersion: after };
}

/** A patch under a foreign UID is refused as the change of an immutable field, not as a conflict. */
function isOutdated(error: unknown): boolean {
  if (isConflict(error)) return true;
  return (
    error instanceof ApiError &&
    error.status === 422 &&
    error.causes.some((cause) => cause.field === 'metadata.uid')
  );
}

type Acted =
  | { readonly kind: 'done' }
  /** Counts as done, but whose object it is must be observed. */
  | { readonly kind: 'unclear'; readonly because: string }
  | { readonly kind: 'stop'; readonly because: string };

type Refused = (object: KubeObject, words: string) => Promise<void>;

async function act(action: Action, context: PerformContext, refused: Refused): Promise<Acted> {
  try {
    await write(action, context);
    return { kind: 'done' };
  } catch (error) {
    const what = `${action.do} ${action.type.kind}`;
    if (action.do === 'create' && isAlreadyExists(error)) {
      return { kind: 'unclear', because: `${what}: exists already` };
    }
    const words = action.do === 'create' ? refusalWords(action.object, error) : undefined;
    if (action.do === 'create' && words !== undefined) await refused(action.object, words);
    if (isOutdated(error)) return { kind: 'stop', because: `${what}: changed since it was observed` };
    if (isNotFound(error) && (action.do === 'patch' || action.do === 'replace')) {
      return { kind: 'stop', because: `${what}: gone since it was observed` };
    }
    throw error;
  }
}

/** A quota, a policy or a schema says no: that is nobody's news but the owner's, so it is told where he looks. */
function refusalWords({ kind, metadata }: KubeObject, error: unknown): string | undefined {
  if (!(error instanceof ApiError) || ![400, 403, 404, 422].includes(error.status)) return undefined;
  return cut(`${kind} ${metadata.name} was refused by the API server: ${error.message}`, 1000);
}

async function write(action: Action, context: PerformContext): Promise<void> {
  const { client, fieldManager, writes } = context;
  const { type } = action;
  const options = guard(context);
  switch (action.do) {
    case 'create':
      writes.wrote(type, await client.create(type, action.object, options));
      return;
    case 'apply':
      writes.wrote(type, await client.apply(type, action.object, { fieldManager, force: true }, options));
      return;
    case 'delete': {
      const { uid, resourceVersion } = action;
      const preconditions = { uid, ...(resourceVersion !== undefined && { resourceVersion }) };
      await client.delete(type, action.key, preconditions, 'Background', options);
      writes.deleted(type, action.key, uid);
      return;
    }
    case 'patch': {
      const patch = withPreconditions(action.patch, action.uid, action.resourceVersion);
      writes.wrote(type, await client.mergePatch(type, action.key, patch, { fieldManager }, options));
      return;
    }
    case 'replace':
      writes.wrote(type, await client.replace(type, action.object, {}, options));
      return;
    default:
      return assertNever(action);
  }
}

function withPreconditions(patch: object, uid: string, resourceVersion: string | undefined): object {
  const metadata = 'metadata' in patch && typeof patch.metadata === 'object' ? patch.metadata : {};
  const version = resourceVersion === undefined ? {} : { resourceVersion };
  return { ...patch, metadata: { ...metadata, uid, ...version } };
}
