import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../src/base/clock.ts';
import { leafPaths, mergeApplied, withoutPath, fieldName } from './field-sets.ts';
import { qualifiedName, resourceOf } from './kinds.ts';
import type { Kind } from './kinds.ts';
import { conflictsOf, recordApply, recordUpdate, renderManagedFields, sameJson } from './ownership.ts';
import type { Manager, Owners } from './ownership.ts';
import { StatusError, conflict, invalid, notFound } from './status.ts';
import type { Store, Stored } from './store.ts';

export interface WriteContext {
  /** Field manager by name. */
  readonly manager: string;
  readonly subresource?: string;
}
export interface DeleteOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: string;
}

/** The rules of the API server over the store: identity, versions, generations, finalizers, apply. */
export interface Registry {
  create(kind: Kind, namespace: string, input: object, context: WriteContext): Stored;
  replace(kind: Kind, key: string, input: object, context: WriteContext): Stored;
  mergePatch(kind: Kind, key: string, patch: object, context: WriteContext): Stored;
  apply(kind: Kind, key: string, applied: object, context: WriteContext & { force: boolean }): Stored;
  /** The removed object, or the one that now waits for its finalizers. */
  delete(kind: Kind, key: string, options: DeleteOptions): Stored;
}

export function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

export function createRegistry(store: Store, clock: Clock): Registry {
  const ownersByUid = new Map<string, Owners>();

  function seconds(): string {
    return `${clock.now().toISOString().slice(0, 19)}Z`;
  }
  function ownersOf(uid: string): Owners {
    let owners = ownersByUid.get(uid);
    if (owners === undefined) ownersByUid.set(uid, (owners = new Map()));
    return owners;
  }
  function current(kind: Kind, key: string): Stored {
    const found = store.get(resourceOf(kind.type), key);
    if (found === undefined) throw notFound(qualifiedName(kind.type), key.split('/')[1] ?? '');
    return found;
  }
  /** Stores `next` unless nothing changed; ends a deletion that waited for the last finalizer. */
  function commit(kind: Kind, key: string, next: Stored, before: Stored): Stored {
    const resource = resourceOf(kind.type);
    const managedFields = renderManagedFields(ownersOf(before.metadata.uid), next);
    const sameContent = sameJson(withoutBookkeeping(before), withoutBookkeeping(next));
    const sameOwners = sameJson(untimed(before.metadata.managedFields), untimed(managedFields));
    if (sameContent && sameOwners) return before;
    const generation =
      kind.generation && !sameJson(specOf(before), specOf(next))
        ? (before.metadata.generation ?? 0) + 1
        : before.metadata.generation;
    const metadata = {
      ...next.metadata,
      ...(generation === undefined ? {} : { generation }),
      managedFields,
    };
    const ended = metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
    const object = { ...next, metadata };
    return ended ? store.remove(resource, key, object) : store.put(resource, key, object);
  }
  function admitted(kind: Kind, object: Stored, old: Stored | undefined): Stored {
    return kind.admit === undefined ? object : kind.admit(structuredClone(object), old);
  }
  /** What an update of the main resource or a subresource makes of `before`. */
  function updated(kind: Kind, before: Stored, input: Stored, subresource: string | undefined): Stored {
    if (subresource === 'status') return { ...before, status: input['status'] };
    const name = before.metadata.name;
    const kept = before.metadata;
    const metadata = { ...input.metadata, name, uid: kept.uid, creationTimestamp: kept.creationTimestamp };
    if (kept.namespace !== undefined) metadata.namespace = kept.namespace;
    if (kept.generation !== undefined) metadata.generation = kept.generation;
    if (kept.deletionTimestamp !== undefined) {
      metadata.deletionTimestamp = kept.deletionTimestamp;
      metadata.deletionGracePeriodSeconds = 0;
      const added = (input.metadata.finalizers ?? []).filter(
        (item) => !(kept.finalizers ?? []).includes(item),
      );
      if (added.length > 0) {
        throw new StatusError(
          422,
          'Invalid',
          `${qualifiedName(kind.type)} "${name}" is invalid: metadata.finalizers: Forbidden: ` +
            'no new finalizers can be added if the object is being deleted',
        );
      }
    }
    const object = admitted(kind, { ...input, metadata }, before);
    if (!kind.statusSubresource) return object;
    const { status: _, ...rest } = object;
    return 'status' in before ? ({ ...rest, status: before['status'] } as Stored) : (rest as Stored);
  }
  function guard(kind: Kind, before: Stored, meta: { resourceVersion?: string; uid?: string }): void {
    const name = before.metadata.name;
    if (meta.uid !== undefined && meta.uid !== '' && meta.uid !== before.metadata.uid) {
      throw conflict(
        qualifiedName(kind.type),
        name,
        `Precondition failed: UID in precondition: ${meta.uid}, UID in object meta: ${before.metadata.uid}`,
      );
    }
    const version = meta.resourceVersion ?? '';
    if (version !== '' && version !== before.metadata.resourceVersion) {
      throw conflict(
        qualifiedName(kind.type),
        name,
        'the object has been modified; please apply your changes to the latest version and try again',
      );
    }
  }
  /** As the real one: a patch may not change the UID, and another UID is no precondition here. */
  function guardPatch(kind: Kind, before: Stored, meta: { resourceVersion?: string; uid?: string }): void {
    if (meta.uid !== undefined && meta.uid !== '' && meta.uid !== before.metadata.uid) {
      throw invalid(
        kind.type.kind,
        before.metadata.name,
        'metadata.uid',
        'Invalid value: field is immutable',
      );
    }
    guard(kind, before, meta);
  }
  function update(kind: Kind, key: string, input: Stored, context: WriteContext): Stored {
    const before = current(kind, key);
    const next = updated(kind, before, input, context.subresource);
    recordUpdate(ownersOf(before.metadata.uid), {
      manager: managerOf(context, 'Update'),
      before,
      after: next,
      time: seconds(),
    });
    return commit(kind, key, next, before);
  }
  function insert(
    kind: Kind,
    key: string,
    input: Stored,
    own: (owners: Owners, object: Stored) => void,
  ): Stored {
    const resource = resourceOf(kind.type);
    const { name, namespace } = input.metadata;
    if (store.get(resource, key) !== undefined) {
      throw new StatusError(409, 'AlreadyExists', `${qualifiedName(kind.type)} "${name}" already exists`);
    }
    const uid = randomUUID();
    const { status: _, ...rest } = input;
    const { deletionTimestamp: _d, generation: _g, ...meta } = input.metadata;
    const metadata = {
      ...meta,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      creationTimestamp: seconds(),
      ...(kind.generation ? { generation: 1 } : {}),
    };
    const object = admitted(
      kind,
      { ...(kind.statusSubresource ? rest : input), metadata } as Stored,
      undefined,
    );
    const owners = ownersOf(uid);
    own(owners, object);
    object.metadata.managedFields = renderManagedFields(owners, object);
    return store.put(resource, key, object);
  }
  return {
    create(kind, namespace, input, context) {
      const object = input as Stored;
      const given = object.metadata.name ?? '';
      const generated = `${object.metadata.generateName ?? ''}${randomUUID().slice(0, 5)}`;
      const name = given === '' && object.metadata.generateName !== undefined ? generated : given;
      if (name === '')
        throw invalid(kind.type.kind, '', 'metadata.name', 'Required value: name or generateName');
      if (name.length > 253 || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)) {
        throw invalid(kind.type.kind, name, 'metadata.name', 'Invalid value: a lowercase RFC 1123 subdomain');
      }
      const version = object.metadata.resourceVersion ?? '';
      if (version !== '') {
        throw new StatusError(
          400,
          'BadRequest',
          'resourceVersion should not be set on objects to be created',
        );
      }
      const metadata = { ...object.metadata, name, ...(namespace === '' ? {} : { namespace }) };
      return insert(kind, keyOf(namespace, name), { ...object, metadata }, (owners, after) =>
        recordUpdate(owners, { manager: managerOf(context, 'Update'), before: {}, after, time: seconds() }),
      );
    },
    replace(kind, key, input, context) {
      const object = input as Stored;
      const before = current(kind, key);
      if ((object.metadata.resourceVersion ?? '') === '' && !kind.unconditionalUpdate) {
        throw invalid(
          kind.type.kind,
          before.metadata.name,
          'metadata.resourceVersion',
          'Invalid value: 0x0: must be specified for an update',
        );
      }
      guard(kind, before, object.metadata);
      return update(kind, key, object, context);
    },
    mergePatch(kind, key, patch, context) {
      const before = current(kind, key);
      guardPatch(kind, before, (patch as { metadata?: object }).metadata ?? {});
      return update(kind, key, mergeJson(before, patch) as Stored, context);
    },
    apply(kind, key, applied, context) {
      const [namespace = '', name = ''] = key.split('/');
      const manager = managerOf(context, 'Apply');
      const paths = leafPaths(
        context.subresource === 'status' ? { status: (applied as Stored)['status'] } : applied,
      );
      if (kind.statusSubresource && context.subresource === undefined) {
        for (const path of paths.keys()) if (path.startsWith('f:status')) paths.delete(path);
      }
      const before = store.get(resourceOf(kind.type), key);
      if (before === undefined) {
        const input = applied as Stored;
        if ((input.metadata.uid ?? '') !== '') {
          const why = `uid mismatch: the provided object specified uid ${input.metadata.uid}, and no existing object was found`;
          throw conflict(qualifiedName(kind.type), name, why);
        }
        const metadata = { ...input.metadata, name, ...(namespace === '' ? {} : { namespace }) };
        return insert(kind, key, { ...input, metadata }, (owners) =>
          recordApply(owners, { manager, applied: paths, conflicts: new Set(), time: seconds() }),
        );
      }
      guardPatch(kind, before, (applied as Stored).metadata);
      const owners = ownersOf(before.metadata.uid);
      const conflicts = conflictsOf(owners, manager, paths, before);
      if (conflicts.size > 0 && !context.force) throw applyConflict(conflicts);
      const gone = recordApply(owners, {
        manager,
        applied: paths,
        conflicts: new Set(conflicts.keys()),
        time: seconds(),
      });
      let next = mergeApplied(before, applied);
      for (const path of gone) next = withoutPath(next, path);
      return commit(kind, key, updated(kind, before, next as Stored, context.subresource), before);
    },
    delete(kind, key, options) {
      const before = current(kind, key);
      guard(kind, before, options.preconditions ?? {});
      const extra =
        options.propagationPolicy === 'Foreground'
          ? ['foregroundDeletion']
          : options.propagationPolicy === 'Orphan'
            ? ['orphan']
            : [];
      const finalizers = [...new Set([...(before.metadata.finalizers ?? []), ...extra])];
      if (finalizers.length === 0) return store.remove(resourceOf(kind.type), key, before);
      if (before.metadata.deletionTimestamp !== undefined) return before;
      const metadata = {
        ...before.metadata,
        finalizers,
        deletionTimestamp: seconds(),
        deletionGracePeriodSeconds: 0,
        ...(kind.generation ? { generation: (before.metadata.generation ?? 0) + 1 } : {}),
      };
      return store.put(resourceOf(kind.type), key, { ...before, metadata });
    },
  };
}

function managerOf(context: WriteContext, operation: Manager['operation']): Manager {
  const { manager: name, subresource } = context;
  return { name, operation, ...(subresource === undefined ? {} : { subresource }) };
}

function applyConflict(conflicts: Map<string, Manager>): StatusError {
  const causes = [...conflicts].map(([path, manager]) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with "${manager.name}"`,
    field: fieldName(path),
  }));
  const text = causes.map((cause) => `${cause.message}: ${cause.field}`).join(', ');
  return new StatusError(409, 'Conflict', `Apply failed with ${causes.length} conflicts: ${text}`, {
    causes,
  });
}

/** RFC 7386. */
export function mergeJson(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {};
  const result: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergeJson(result[name], value);
  }
  return result;
}

function withoutBookkeeping(object: Stored): object {
  const { resourceVersion: _r, managedFields: _m, generation: _g, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function untimed(fields: object[] | undefined): object[] {
  return (fields ?? []).map((entry) => ({ ...entry, time: '' }));
}

/** Everything whose change makes a new generation. */
function specOf(object: Stored): object {
  const { metadata: _m, status: _s, apiVersion: _a, kind: _k, ...rest } = object;
  return rest;
}
