import type { KubeObject, ResourceType } from '../../src/base/resource.ts';
import { createObjectCache } from '../../src/kube/cache.ts';
import type { CacheChange, ObjectCache, ObjectCacheOptions } from '../../src/kube/cache.ts';
import { createReflector } from '../../src/kube/reflector.ts';
import type { Reflector, ReflectorOptions } from '../../src/kube/reflector.ts';

export type InformerOptions<T extends KubeObject> = ObjectCacheOptions<T> &
  Omit<ReflectorOptions<T>, 'cache'>;

/** A cache with the reflector that keeps it. Nothing starts before `run`. */
export interface KubeInformer<T extends KubeObject> extends Reflector {
  readonly type: ResourceType<T>;
  readonly cache: ObjectCache<T>;
  /** True once the first list is in the cache. */
  readonly synced: boolean;
  /** True when the cache holds everything up to this resourceVersion, bookmarks counted. */
  hasSeen(resourceVersion: string): boolean;
  subscribe(listener: (change: CacheChange<T>) => void): () => void;
}

export function createInformer<T extends KubeObject>(options: InformerOptions<T>): KubeInformer<T> {
  const cache = createObjectCache(options);
  const reflector = createReflector({ ...options, cache });
  return {
    type: options.type,
    cache,
    get synced() {
      return cache.synced;
    },
    counters: reflector.counters,
    contactAgeMilliseconds: () => reflector.contactAgeMilliseconds(),
    hasSeen: (resourceVersion) => cache.hasObserved(resourceVersion),
    subscribe: (listener) => cache.subscribe(listener),
    run: (signal) => reflector.run(signal),
  };
}
