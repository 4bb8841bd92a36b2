import { fieldsTree, leafPaths } from './field-sets.ts';
import type { Path } from './field-sets.ts';
import type { Stored } from './store.ts';

export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: string;
}
interface Owned {
  readonly manager: Manager;
  readonly paths: Set<Path>;
  time: string;
}

/** Who owns which field of one object. */
export type Owners = Map<string, Owned>;

export function managerId(manager: Manager): string {
  return [manager.name, manager.operation, manager.subresource ?? ''].join('|');
}

function ownedBy(owners: Owners, manager: Manager, time: string): Owned {
  const id = managerId(manager);
  let owned = owners.get(id);
  if (owned === undefined) owners.set(id, (owned = { manager, paths: new Set(), time }));
  return owned;
}

/** A PUT, POST or merge patch: whoever changed a field owns it alone; who removed one leaves nobody. */
export function recordUpdate(
  owners: Owners,
  change: { manager: Manager; before: object; after: object; time: string },
): void {
  const before = leafPaths(change.before);
  const after = leafPaths(change.after);
  const changed = [...after]
    .filter(([path, value]) => !sameJson(before.get(path), value))
    .map(([path]) => path);
  for (const owned of owners.values()) {
    for (const path of owned.paths) {
      if (!after.has(path) || changed.includes(path)) owned.paths.delete(path);
    }
  }
  if (changed.length > 0) {
    const owned = ownedBy(owners, change.manager, change.time);
    for (const path of changed) owned.paths.add(path);
    owned.time = change.time;
  }
  dropEmpty(owners);
}

/** Sets what an apply owns; returns what it owned before and nobody else does: to be removed from the object. */
export function recordApply(
  owners: Owners,
  apply: { manager: Manager; applied: Map<Path, unknown>; conflicts: ReadonlySet<Path>; time: string },
): Path[] {
  const owned = ownedBy(owners, apply.manager, apply.time);
  const abandoned = [...owned.paths].filter((path) => !apply.applied.has(path));
  owned.paths.clear();
  for (const path of apply.applied.keys()) owned.paths.add(path);
  owned.time = apply.time;
  for (const other of owners.values()) {
    if (other !== owned) for (const path of apply.conflicts) other.paths.delete(path);
  }
  dropEmpty(owners);
  const held = new Set([...owners.values()].flatMap((other) => [...other.paths]));
  return abandoned.filter((path) => !held.has(path));
}

/** Fields that another manager owns with another value. */
export function conflictsOf(
  owners: Owners,
  manager: Manager,
  applied: Map<Path, unknown>,
  current: object,
): Map<Path, Manager> {
  const values = leafPaths(current);
  const conflicts = new Map<Path, Manager>();
  for (const [id, other] of owners) {
    if (id === managerId(manager)) continue;
    for (const [path, value] of applied) {
      if (other.paths.has(path) && !sameJson(values.get(path), value)) conflicts.set(path, other.manager);
    }
  }
  return conflicts;
}

export function renderManagedFields(owners: Owners, object: Stored): object[] {
  return [...owners.values()].map(({ manager, paths, time }) => ({
    manager: manager.name,
    operation: manager.operation,
    apiVersion: object.apiVersion,
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: fieldsTree(paths),
    ...(manager.subresource === undefined ? {} : { subresource: manager.subresource }),
  }));
}

function dropEmpty(owners: Owners): void {
  for (const [id, owned] of owners) if (owned.paths.size === 0) owners.delete(id);
}

/** Equality of JSON values; the order of members does not count. */
export function sameJson(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
