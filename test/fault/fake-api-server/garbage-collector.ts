import type { Kind } from './kinds.ts';
import type { Registry } from './registry.ts';
import type { Store, Stored } from './store.ts';

/** Deletes what no owner holds any more, by UID, and serves Foreground and Orphan deletions. */
export interface GarbageCollector {
  /** Off: as in a control plane without controllers. Turning it on collects what has gathered. */
  enabled: boolean;
  collect(): void;
}

export function createGarbageCollector(
  store: Store,
  registry: Registry,
  kindOf: (resource: string) => Kind | undefined,
): GarbageCollector {
  const dependents = new Map<string, Map<string, { resource: string; key: string }>>();
  let enabled = true;

  function forEachDependent(uid: string, act: (kind: Kind, key: string, object: Stored) => void): void {
    for (const { resource, key } of Array.from(dependents.get(uid)?.values() ?? [])) {
      const object = store.get(resource, key);
      const kind = kindOf(resource);
      if (object !== undefined && kind !== undefined && ownersOf(object).includes(uid))
        act(kind, key, object);
    }
  }
  function ownersOf(object: Stored): string[] {
    return (object.metadata.ownerReferences ?? []).map((owner) => owner.uid);
  }
  function collectOne(kind: Kind, key: string, object: Stored): void {
    const owners = ownersOf(object);
    const orphaned = owners.length > 0 && owners.every((uid) => store.byUid(uid) === undefined);
    if (orphaned && object.metadata.deletionTimestamp === undefined) registry.delete(kind, key, {});
  }
  function dropFinalizer(kind: Kind, key: string, object: Stored, finalizer: string): void {
    const finalizers = (object.metadata.finalizers ?? []).filter((item) => item !== finalizer);
    registry.mergePatch(kind, key, { metadata: { finalizers } }, { manager: 'kube-controller-manager' });
  }
  function serveFinalizers(kind: Kind, key: string, object: Stored): void {
    const { uid, finalizers = [], deletionTimestamp } = object.metadata;
    if (deletionTimestamp === undefined) return;
    if (finalizers.includes('orphan')) {
      forEachDependent(uid, (childKind, childKey, child) => {
        const ownerReferences = (child.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
        registry.mergePatch(
          childKind,
          childKey,
          { metadata: { ownerReferences } },
          { manager: 'kube-controller-manager' },
        );
      });
      dropFinalizer(kind, key, object, 'orphan');
    } else if (finalizers.includes('foregroundDeletion')) {
      let left = 0;
      forEachDependent(uid, (childKind, childKey, child) => {
        if (child.metadata.deletionTimestamp === undefined) registry.delete(childKind, childKey, {});
        if (store.byUid(child.metadata.uid) !== undefined) left += 1;
      });
      if (left === 0) dropFinalizer(kind, key, object, 'foregroundDeletion');
    }
  }
  store.listen((change) => {
    const { resource, key, object } = change;
    for (const uid of ownersOf(object)) {
      let known = dependents.get(uid);
      if (known === undefined) dependents.set(uid, (known = new Map()));
      if (change.type === 'DELETED') known.delete(`${resource} ${key}`);
      else known.set(`${resource} ${key}`, { resource, key });
    }
    if (!enabled) return;
    const kind = kindOf(resource);
    const present = store.get(resource, key);
    if (change.type === 'DELETED') {
      forEachDependent(object.metadata.uid, collectOne);
      for (const uid of ownersOf(object)) {
        const owner = store.byUid(uid);
        const ownerKind = owner && kindOf(owner.resource);
        if (owner !== undefined && ownerKind !== undefined)
          serveFinalizers(ownerKind, owner.key, owner.object);
      }
    } else if (kind !== undefined && present?.metadata.uid === object.metadata.uid) {
      collectOne(kind, key, present);
      serveFinalizers(kind, key, present);
    }
  });
  function collect(): void {
    for (const children of Array.from(dependents.values())) {
      for (const { resource, key } of Array.from(children.values())) {
        const object = store.get(resource, key);
        const kind = kindOf(resource);
        if (object !== undefined && kind !== undefined) collectOne(kind, key, object);
      }
    }
  }
  return {
    get enabled() {
      return enabled;
    },
    set enabled(value) {
      enabled = value;
      if (value) collect();
    },
    collect,
  };
}
