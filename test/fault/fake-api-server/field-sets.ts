/** Leaves of objects as paths, and edits by path: what server-side apply is made of. */

type Json = unknown;
type Segment = string;
/** Segments joined by NUL: `f:name` a field, `k:name=x` an item of a keyed list, `v:x` an item of a set. */
export type Path = string;

const separator = '\u0000';
/** Fields by which lists of objects are merged, first match wins; other lists are replaced whole. */
const listKeys = ['uid', 'name', 'type', 'containerPort'];
const unmanagedMeta = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'generateName',
  'selfLink',
]);

function isRecord(value: Json): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function itemSegment(item: Json, where: string): Segment | undefined {
  if (where === 'finalizers' && typeof item === 'string') return `v:${item}`;
  if (!isRecord(item)) return undefined;
  const key = listKeys.find((name) => ['string', 'number'].includes(typeof item[name]));
  return key === undefined ? undefined : `k:${key}=${String(item[key])}`;
}

/** The segments of every item, or undefined for a list that is one value. */
function listSegments(list: readonly Json[], where: string): Segment[] | undefined {
  if (list.length === 0) return undefined;
  const segments = list.map((item) => itemSegment(item, where));
  return segments.every((segment) => segment !== undefined) ? (segments as Segment[]) : undefined;
}

/** Every leaf of `object` that a field manager can own. */
export function leafPaths(object: object): Map<Path, Json> {
  const leaves = new Map<Path, Json>();
  function walk(value: Json, path: readonly Segment[], where: string): void {
    if (isRecord(value)) {
      const entries = Object.entries(value).filter(([, member]) => member !== undefined);
      if (entries.length === 0) leaves.set(path.join(separator), value);
      for (const [name, member] of entries) walk(member, [...path, `f:${name}`], name);
      return;
    }
    const segments = Array.isArray(value) ? listSegments(value, where) : undefined;
    if (segments === undefined) leaves.set(path.join(separator), value);
    else segments.forEach((segment, index) => walk((value as Json[])[index], [...path, segment], where));
  }
  for (const [name, value] of Object.entries(object)) {
    if (name === 'apiVersion' || name === 'kind' || value === undefined) continue;
    if (name !== 'metadata') walk(value, [`f:${name}`], name);
    else
      for (const [field, member] of Object.entries(value as object)) {
        if (!unmanagedMeta.has(field) && member !== undefined)
          walk(member, ['f:metadata', `f:${field}`], field);
      }
  }
  return leaves;
}

/** `over` laid over `base`; keyed lists by item, other lists whole. */
export function mergeApplied(base: Json, over: Json, where = ''): Json {
  if (isRecord(base) && isRecord(over)) {
    const result: Record<string, Json> = { ...base };
    for (const [name, value] of Object.entries(over)) {
      result[name] = name in base ? mergeApplied(base[name], value, name) : value;
    }
    return result;
  }
  if (Array.isArray(base) && Array.isArray(over)) {
    const overSegments = listSegments(over, where);
    const baseSegments = listSegments(base, where);
    if (overSegments === undefined || baseSegments === undefined) return over;
    const result = [...(base as Json[])];
    overSegments.forEach((segment, index) => {
      const at = baseSegments.indexOf(segment);
      if (at < 0) result.push(over[index]);
      else result[at] = mergeApplied(base[at], over[index], where);
    });
    return result;
  }
  return over;
}

/** `value` without the leaf; containers that become empty by it go too. */
export function withoutPath(value: Json, path: Path): Json {
  return removeAt(value, path.split(separator), '');
}

function removeAt(value: Json, path: readonly Segment[], where: string): Json {
  const [segment = '', ...rest] = path;
  if (segment.startsWith('f:')) {
    const name = segment.slice(2);
    if (!isRecord(value) || !(name in value)) return value;
    const { [name]: member, ...others } = value;
    const left = rest.length === 0 ? undefined : removeAt(member, rest, name);
    return left === undefined || isEmpty(left) ? others : { ...value, [name]: left };
  }
  if (!Array.isArray(value)) return value;
  return value.flatMap((item: Json) => {
    if (itemSegment(item, where) !== segment) return [item];
    const left = rest.length === 0 ? undefined : removeAt(item, rest, where);
    return left === undefined || isEmpty(left) ? [] : [left];
  });
}

function isEmpty(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** `fieldsV1` of a set of paths. */
export function fieldsTree(paths: Iterable<Path>): object {
  const root: Record<string, object> = {};
  for (const path of paths) {
    let at = root;
    for (const segment of path.split(separator)) {
      const name = segment.startsWith('k:') ? keyedName(segment) : segment;
      at = (at[name] ??= {}) as Record<string, object>;
    }
  }
  return root;
}

function keyedName(segment: Segment): string {
  const [key = '', ...value] = segment.slice(2).split('=');
  return `k:${JSON.stringify({ [key]: value.join('=') })}`;
}

/** `.spec.template.name`, as conflict messages name a field. */
export function fieldName(path: Path): string {
  return path
    .split(separator)
    .map((segment) => (segment.startsWith('f:') ? `.${segment.slice(2)}` : `[${segment.slice(2)}]`))
    .join('');
}
