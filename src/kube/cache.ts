import type { Logger } from '../base/logger.ts';
import type { KubeObject, ObjectKey } from '../base/resource.ts';
import { deepFreeze } from './deep-freeze.ts';
import { createObjectTable, keyText } from './object-table.ts';
import type { CacheChange, ObjectTable } from './object-table.ts';
import { createRevisionGate } from './revision-gate.ts';
import type { RevisionGate } from './revision-gate.ts';

export type { CacheChange } from './object-table.ts';

export interface ObjectCacheOptions<T extends KubeObject> {
  /** Builds the smaller object to keep; must not return the raw one. */
  readonly project: (raw: KubeObject) => T;
  readonly indexes: Readonly<Record<string, (object: T) => readonly string[]>>;
  readonly logger: Logger;
}

/** A projected, frozen, indexed copy of one kind. A reflector writes it, everybody else reads. */
export interface ObjectCache<T extends KubeObject> {
  get(key: ObjectKey): T | undefined;
  /** Objects whose index function returned `value`. */
  byIndex(index: string, value: string): readonly T[];
  list(): readonly T[];
  readonly size: number;
  /** The newest state of the collection that is in here; undefined before the first list. */
  readonly resourceVersion: string | undefined;
  /** True once the first whole list is in. Reads before that miss objects. */
  readonly synced: boolean;
  whenSynced(signal: AbortSignal): Promise<void>;
  /** Whether a write that returned `resourceVersion` can be seen in here. */
  hasObserved(resourceVersion: string): boolean;
  /** Resolves as soon as it can; rejects with the signal's reason. */
  observed(resourceVersion: string, signal: AbortSignal): Promise<void>;
  /** Called in order after each change, with the cache already changed. What it throws is logged and goes no further. */
  subscribe(listener: (change: CacheChange<T>) => void): () => void;
  readonly writer: CacheWriter<T>;
}

export interface CacheWriter<T extends KubeObject> {
  /** Projects and freezes; undefined (and logged) when the projection fails on this object. */
  project(raw: KubeObject): T | undefined;
  /** The whole collection at `resourceVersion`: what is missing is removed, by UID. */
  replace(objects: Iterable<T>, resourceVersion: string): void;
  upsert(object: T, resourceVersion: string): void;
  remove(key: ObjectKey, resourceVersion: string): void;
  /** Nothing changed up to here (bookmark). */
  advance(resourceVersion: string): void;
}

export function createObjectCache<T extends KubeObject>(options: ObjectCacheOptions<T>): ObjectCache<T> {
  const table = createObjectTable(options.indexes, options.logger);
  const gate = createRevisionGate();
  return {
    get: (key) => table.get(`${key.namespace}/${key.name}`),
    byIndex: (index, value) => table.byIndex(index, value),
    list: () => table.list(),
    get size() {
      return table.size;
    },
    get resourceVersion() {
      return gate.reached;
    },
    get synced() {
      return gate.reached !== undefined;
    },
    whenSynced: (signal) => gate.wait('', signal),
    hasObserved: (resourceVersion) => gate.has(resourceVersion),
    observed: (resourceVersion, signal) => gate.wait(resourceVersion, signal),
    subscribe: (listener) => table.subscribe(listener),
    writer: createWriter(options, table, gate),
  };
}

function createWriter<T extends KubeObject>(
  { project, logger }: ObjectCacheOptions<T>,
  table: ObjectTable<T>,
  gate: RevisionGate,
): CacheWriter<T> {
  return {
    project(raw) {
      try {
        return deepFreeze(project(raw));
      } catch (error) {
        logger.error(
          { error, object: keyText(raw) },
          'an object could not be projected: its last good state stays',
        );
        return undefined;
      }
    },
    replace(objects, resourceVersion) {
      table.replace(objects);
      gate.set(resourceVersion);
    },
    upsert(object, resourceVersion) {
      table.put(object);
      gate.set(resourceVersion);
    },
    remove(key, resourceVersion) {
      table.remove(`${key.namespace}/${key.name}`);
      gate.set(resourceVersion);
    },
    advance: (resourceVersion) => gate.set(resourceVersion),
  };
}
