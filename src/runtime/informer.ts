import type { Random } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { KubeObject, ResourceType } from '../base/resource.ts';
import { createObjectCache } from '../kube/cache.ts';
import type { CacheChange } from '../kube/cache.ts';
import { createReflector } from '../kube/reflector.ts';
import type { ReflectorCounters } from '../kube/reflector.ts';
import type { Transport } from '../kube/transport.ts';
import type { Cache, CacheOptions } from './controller-definition.ts';

export type { CacheChange } from '../kube/cache.ts';

/** A cache with what keeps it fresh, as the runtime needs it. */
export interface Informer<T extends KubeObject = KubeObject> {
  readonly type: ResourceType<T>;
  readonly cache: Cache<T>;
  /** Objects in the cache. */
  readonly size: number;
  readonly counters: ReflectorCounters;
  /** True once the first list is in the cache. */
  readonly synced: boolean;
  /** Rejects with the signal's reason. */
  whenSynced(signal: AbortSignal): Promise<void>;
  /** Milliseconds since the API server last answered or sent anything; infinite before the first time. */
  contactAgeMilliseconds(): number;
  /** True when the cache holds everything up to this resourceVersion, bookmarks counted. */
  hasSeen(resourceVersion: string): boolean;
  /** Called after the cache holds the change; must not throw. Returns the function that ends it. */
  subscribe(listener: (change: CacheChange<T>) => void): () => void;
  /** Lists and watches until the signal aborts; resolves then. Never ends by itself. */
  run(signal: AbortSignal): Promise<void>;
}

export interface InformerDependencies {
  readonly transport: Pick<Transport, 'send' | 'stream'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Absent: all namespaces. */
  readonly namespace?: string;
}

/** Starts nothing: that is what `run` is for. */
export function createInformer<T extends KubeObject>(
  options: CacheOptions<T>,
  dependencies: InformerDependencies,
): Informer<T> {
  const { type, labelSelector, project, indexes } = options;
  const cache = createObjectCache({ project, indexes, logger: dependencies.logger });
  const selector = labelSelector === undefined ? {} : { labelSelector };
  const reflector = createReflector({ ...dependencies, ...selector, type, cache });
  return {
    type,
    cache,
    get size() {
      return cache.size;
    },
    counters: reflector.counters,
    get synced() {
      return cache.synced;
    },
    whenSynced: (signal) => cache.whenSynced(signal),
    contactAgeMilliseconds: () => reflector.contactAgeMilliseconds(),
    hasSeen: (resourceVersion) => cache.hasObserved(resourceVersion),
    subscribe: (listener) => cache.subscribe(listener),
    run: (signal) => reflector.run(signal),
  };
}

/** `group/kind`, the key of a type in maps. */
export function typeId(type: ResourceType): string {
  return `${type.group}/${type.kind}`;
}
