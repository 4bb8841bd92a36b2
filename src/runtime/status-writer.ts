import { isDeepStrictEqual } from 'node:util';

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As it travels: no undefined, Dates as text; no null, which the API server would prune. */
function asStored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asStored);
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, asStored(member)]));
}

/** Members to change, null for those to remove; lists are replaced whole, as a merge patch must (RFC 7386). */
function difference(observed: Json, wanted: Json): Json {
  const patch: Record<string, unknown> = {};
  for (const name of Object.keys(observed)) {
    if (!(name in wanted)) patch[name] = null;
  }
  for (const [name, value] of Object.entries(wanted)) {
    const before = observed[name];
    if (isDeepStrictEqual(before, value)) continue;
    patch[name] = isObject(before) && isObject(value) ? difference(before, value) : value;
  }
  return patch;
}

/** The JSON merge patch from the observed to the wanted status; undefined when they are equal. */
export function statusPatch(observed: unknown, wanted: unknown): Json | undefined {
  const from = asStored(structuredCloneOfJson(observed ?? {}));
  const to = asStored(structuredCloneOfJson(wanted));
  if (!isObject(from) || !isObject(to)) throw new TypeError('a status is an object');
  return isDeepStrictEqual(from, to) ? undefined : difference(from, to);
}

function structuredCloneOfJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
