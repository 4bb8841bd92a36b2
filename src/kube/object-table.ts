import type { Logger } from '../base/logger.ts';
import type { KubeObject } from '../base/resource.ts';
import { createIndexTable } from './index-table.ts';

/**
 * What happened to one object: its new state (for `deleted` the last one) and the state before, where there was one.
 * A new object under an old name comes as `deleted`, then `added`.
 */
export interface CacheChange<T extends KubeObject> {
  readonly kind: 'added' | 'updated' | 'deleted';
  readonly object: T;
  readonly previous?: T;
  /** Found by reading the whole collection, not told by a watch. */
  readonly fromList: boolean;
}

/** Objects by `namespace/name` and by index, telling subscribers of each change in order. */
export interface ObjectTable<T extends KubeObject> {
  get(key: string): T | undefined;
  byIndex(index: string, value: string): readonly T[];
  list(): readonly T[];
  readonly size: number;
  put(object: T): void;
  remove(key: string): void;
  /** Leaves exactly `objects`; what did not change is not told. */
  replace(objects: Iterable<T>): void;
  subscribe(listener: (change: CacheChange<T>) => void): () => void;
}

export function keyText(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

export function createObjectTable<T extends KubeObject>(
  indexes: Readonly<Record<string, (object: T) => readonly string[]>>,
  logger: Logger,
): ObjectTable<T> {
  const objects = new Map<string, T>();
  const index = createIndexTable(indexes);
  const listeners = new Set<(change: CacheChange<T>) => void>();
  let fromList = false;

  function notify(kind: CacheChange<T>['kind'], object: T, previous?: T): void {
    const change = { kind, object, ...(previous === undefined ? {} : { previous }), fromList };
    for (const listener of listeners) {
      try {
        listener(change);
      } catch (error) {
        logger.error({ error, object: keyText(object) }, 'a cache subscriber failed');
      }
    }
  }
  function remove(key: string): void {
    const old = objects.get(key);
    if (old === undefined) return;
    objects.delete(key);
    index.remove(key, old);
    notify('deleted', old, old);
  }
  function put(object: T): void {
    const key = keyText(object);
    // The object of that name was deleted and made anew in a gap: whoever cleans up after the first must hear of it.
    if (objects.get(key)?.metadata.uid !== object.metadata.uid) remove(key);
    const old = objects.get(key);
    if (old !== undefined && old.metadata.resourceVersion === object.metadata.resourceVersion) return;
    if (old !== undefined) index.remove(key, old);
    objects.set(key, object);
    index.add(key, object);
    notify(old === undefined ? 'added' : 'updated', object, old);
  }
  return {
    get: (key) => objects.get(key),
    byIndex: (name, value) =>
      Array.from(index.keys(name, value), (key) => objects.get(key)).filter((object) => object !== undefined),
    list: () => [...objects.values()],
    get size() {
      return objects.size;
    },
    put,
    remove,
    replace(incoming) {
      fromList = true;
      const missing = new Set(objects.keys());
      for (const object of incoming) {
        missing.delete(keyText(object));
        put(object);
      }
      for (const key of missing) remove(key);
      fromList = false;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
