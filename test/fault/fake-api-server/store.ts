import type { Clock } from '../../../src/base/clock.ts';

export interface StoredMeta {
  name: string;
  namespace?: string;
  generateName?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: {
    apiVersion: string;
    kind: string;
    name: string;
    uid: string;
    controller?: boolean;
    blockOwnerDeletion?: boolean;
  }[];
  managedFields?: object[];
}

export interface Stored {
  apiVersion: string;
  kind: string;
  metadata: StoredMeta;
  [field: string]: unknown;
}

export interface Change {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: string;
  readonly key: string;
  /** The new state; for DELETED the last one, under the revision of the deletion. */
  readonly object: Stored;
  readonly previous: Stored | undefined;
  readonly time: Date;
}

/**
 * Every state there ever was, under one global revision. Objects in it are never changed in place. Change listeners
 * run in the order of revisions, also when one of them writes.
 */
export interface Store {
  readonly revision: number;
  readonly changes: readonly Change[];
  get(resource: string, key: string): Stored | undefined;
  /** Sorted by key, as the API server lists. */
  list(resource: string): readonly Stored[];
  /** What `list` gave at that revision. */
  listAt(resource: string, revision: number): readonly Stored[];
  put(resource: string, key: string, object: Stored): Stored;
  remove(resource: string, key: string, object: Stored): Stored;
  byUid(uid: string): { resource: string; key: string; object: Stored } | undefined;
  listen(listener: (change: Change) => void): () => void;
  /** Watches from before this revision get 410. */
  readonly oldestWatchable: number;
  /** Forgets the event log up to and including `revision` (default: now). */
  compact(revision?: number): void;
  /** Keeps only the newest `events` changes watchable from now on. */
  limitWindow(events: number): void;
}

export function createStore(clock: Clock, firstRevision = 1000): Store {
  let revision = firstRevision;
  let oldestWatchable = firstRevision;
  let windowEvents = Number.POSITIVE_INFINITY;
  const resources = new Map<string, Map<string, Stored>>();
  const uids = new Map<string, { resource: string; key: string }>();
  const changes: Change[] = [];
  const listeners = new Set<(change: Change) => void>();
  const undelivered: Change[] = [];
  let delivering = false;

  function table(resource: string): Map<string, Stored> {
    let found = resources.get(resource);
    if (found === undefined) resources.set(resource, (found = new Map()));
    return found;
  }
  function record(change: Change): void {
    changes.push(change);
    const first = changes.at(-windowEvents - 1);
    if (first !== undefined && Number.isFinite(windowEvents)) {
      oldestWatchable = Math.max(oldestWatchable, first.revision);
    }
    undelivered.push(change);
    if (delivering) return;
    delivering = true;
    try {
      for (let next = undelivered.shift(); next !== undefined; next = undelivered.shift()) {
        for (const listener of Array.from(listeners)) listener(next);
      }
    } finally {
      delivering = false;
    }
  }
  function stamped(object: Stored): Stored {
    revision += 1;
    return structuredClone({
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(revision) },
    });
  }
  return {
    get revision() {
      return revision;
    },
    get oldestWatchable() {
      return oldestWatchable;
    },
    changes,
    get: (resource, key) => table(resource).get(key),
    list: (resource) => sorted(table(resource)),
    listAt(resource, at) {
      if (at >= revision) return sorted(table(resource));
      const state = new Map<string, Stored>();
      for (const change of changes) {
        if (change.resource !== resource || change.revision > at) continue;
        if (change.type === 'DELETED') state.delete(change.key);
        else state.set(change.key, change.object);
      }
      return sorted(state);
    },
    put(resource, key, object) {
      const previous = table(resource).get(key);
      const next = stamped(object);
      table(resource).set(key, next);
      uids.set(next.metadata.uid, { resource, key });
      const type = previous === undefined ? 'ADDED' : 'MODIFIED';
      record({ revision, type, resource, key, object: next, previous, time: clock.now() });
      return next;
    },
    remove(resource, key, object) {
      const previous = table(resource).get(key);
      const last = stamped(object);
      table(resource).delete(key);
      uids.delete(last.metadata.uid);
      record({ revision, type: 'DELETED', resource, key, object: last, previous, time: clock.now() });
      return last;
    },
    byUid(uid) {
      const place = uids.get(uid);
      const object = place && table(place.resource).get(place.key);
      return place && object && { ...place, object };
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    compact(to = revision) {
      oldestWatchable = Math.max(oldestWatchable, to);
    },
    limitWindow(events) {
      windowEvents = events;
    },
  };
}

function sorted(objects: Map<string, Stored>): readonly Stored[] {
  return [...objects.keys()].sort().map((key) => objects.get(key)!);
}
