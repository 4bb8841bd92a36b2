import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../base/resource.ts';
import { Failure } from '../domain/failure.ts';
import type { KubeClient } from '../kube/client.ts';
import { ApiError, TransportError } from '../kube/errors.ts';
import type { Cache, ControllerDefinition, LiveReader, Observer } from './controller-definition.ts';
import type { EventNote } from './decision.ts';
import { typeId } from './informer.ts';
import type { Informer } from './informer.ts';
import { keyText } from './key.ts';
import { Fenced } from './leadership.ts';
import type { Leadership } from './leadership.ts';
import { perform } from './perform.ts';
import type { WriteListener } from './perform.ts';

/** A definition of which only the runtime needs to know nothing but its methods. */
export type AnyController = ControllerDefinition<KubeObject, unknown, unknown>;

export interface PassDependencies {
  readonly client: KubeClient;
  readonly informers: ReadonlyMap<string, Informer>;
  readonly leadership: Leadership;
  readonly clock: Clock;
  readonly logger: Logger;
  record(regarding: KubeObject, note: EventNote): void;
}

/** How a pass ended; the controller turns it into a requeue, a log line and a metric. */
export type PassOutcome =
  | { readonly kind: 'done'; readonly wakeAfterSeconds: number | undefined }
  | { readonly kind: 'again'; readonly because: string }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'timedOut' }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** Something was thrown that nobody throws on purpose. */
  | { readonly kind: 'panicked'; readonly error: unknown };

/** Why a pass was aborted. */
class PassTimeout extends Error {
  override readonly name = 'PassTimeout';
}

/** Runs one pass for `key`: observe, decide, perform. Never rejects, and never outlives its timeout. */
export async function runPass(
  definition: AnyController,
  key: ObjectKey,
  dependencies: PassDependencies,
  writes: WriteListener,
  stop: AbortSignal,
): Promise<PassOutcome> {
  const aborter = new AbortController();
  const onStop = (): void => {
    aborter.abort(stop.reason);
  };
  stop.addEventListener('abort', onStop, { once: true });
  if (stop.aborted) onStop();
  const passOver = new AbortController();
  const timeout = dependencies.clock.sleep(definition.timeoutSeconds * 1000, passOver.signal).then(
    () => {
      aborter.abort(new PassTimeout(`no end after ${definition.timeoutSeconds} s`));
    },
    () => undefined,
  );
  const aborted = new Promise<PassOutcome>((resolve) => {
    const onAbort = (): void => {
      resolve(abortedOutcome(aborter.signal.reason));
    };
    aborter.signal.addEventListener('abort', onAbort, { once: true });
    if (aborter.signal.aborted) onAbort();
  });
  try {
    // The steps may hang or reject long after the pass was given up: `steps` never rejects, and its writes are
    // refused by the aborted signal.
    return await Promise.race([steps(definition, key, dependencies, writes, aborter.signal), aborted]);
  } finally {
    stop.removeEventListener('abort', onStop);
    passOver.abort();
    await timeout;
  }
}

async function steps(
  definition: AnyController,
  key: ObjectKey,
  dependencies: PassDependencies,
  writes: WriteListener,
  signal: AbortSignal,
): Promise<PassOutcome> {
  try {
    signal.throwIfAborted();
    const own = new OwnReads(definition.type, key);
    const seen = await definition.observe(observer(dependencies, own, signal), key);
    signal.throwIfAborted();
    const decision = definition.decide(seen, dependencies.clock.now());
    const { wakeAfterSeconds } = decision;
    if (wakeAfterSeconds !== undefined && !Number.isFinite(wakeAfterSeconds)) {
      throw new TypeError(`decide wants to be woken after ${wakeAfterSeconds} s`);
    }
    const performed = await perform(decision, {
      client: dependencies.client,
      leadership: dependencies.leadership,
      fieldManager: `pgcairn-${definition.name}`,
      type: definition.type,
      observed: own.first,
      writes,
      record: (regarding, note) => {
        dependencies.record(regarding, note);
      },
      signal,
    });
    return performed.kind === 'done'
      ? { kind: 'done', wakeAfterSeconds }
      : { kind: 'again', because: performed.because };
  } catch (error) {
    if (signal.aborted) return abortedOutcome(signal.reason);
    return thrownOutcome(error);
  }
}

function abortedOutcome(reason: unknown): PassOutcome {
  return reason instanceof PassTimeout ? { kind: 'timedOut' } : { kind: 'stopped' };
}

function thrownOutcome(error: unknown): PassOutcome {
  if (error instanceof Fenced) return { kind: 'fenced' };
  const expected = error instanceof ApiError || error instanceof TransportError || error instanceof Failure;
  return { kind: expected ? 'failed' : 'panicked', error };
}

/**
 * The controller's own object as `observe` first read it. Its version is the precondition of the status write: had
 * a later read been newer, the decision might rest on a mixture of both.
 */
class OwnReads {
  readonly #id: string;
  readonly #key: string;
  #read = false;
  #first: KubeObject | undefined;

  constructor(type: ResourceType, key: ObjectKey) {
    this.#id = typeId(type);
    this.#key = keyText(key);
  }

  get first(): KubeObject | undefined {
    return this.#first;
  }

  note<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, object: T | undefined): T | undefined {
    if (!this.#read && typeId(type) === this.#id && keyText(key) === this.#key) {
      this.#read = true;
      this.#first = object;
    }
    return object;
  }
}

function observer(dependencies: PassDependencies, own: OwnReads, signal: AbortSignal): Observer {
  const caches = cachesOf(dependencies.informers);
  return {
    signal,
    live: liveReader(dependencies.client, own, signal),
    cache: (type) => {
      const cache = caches.cache(type);
      return {
        get: (key) => own.note(type, key, cache.get(key)),
        byIndex: (index, value) => cache.byIndex(index, value),
        list: () => cache.list(),
      };
    },
  };
}

/** The caches by type; asking for a type that no informer keeps is a mistake in the program. */
export function cachesOf(informers: ReadonlyMap<string, Informer>): Pick<Observer, 'cache'> {
  return {
    cache<T extends KubeObject>(type: ResourceType<T>): Cache<T> {
      const informer = informers.get(typeId(type));
      if (informer === undefined) throw new TypeError(`no informer keeps ${typeId(type)}`);
      // The map is keyed by type, so the informer found under `type` holds objects of that type.
      return informer.cache as Cache<T>;
    },
  };
}

function liveReader(client: KubeClient, own: OwnReads, signal: AbortSignal): LiveReader {
  return {
    get: async (type, key) => own.note(type, key, await client.get(type, key, { signal })),
    async list<T extends KubeObject>(type: ResourceType<T>, namespace: string, labelSelector: string) {
      const items: T[] = [];
      let continueToken: string | undefined;
      do {
        const query = { namespace, labelSelector, limit: 500, ...(continueToken && { continueToken }) };
        const page = await client.list(type, query, { signal });
        items.push(...page.items);
        continueToken = page.continueToken;
      } while (continueToken);
      return items;
    },
  };
}

/** Names one pass in the log. */
export function passLogger(logger: Logger, controller: string, key: ObjectKey): Logger {
  return logger.child({ controller, namespace: key.namespace, name: key.name, pass: randomUUID() });
}
