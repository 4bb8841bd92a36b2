import type { ObjectKey, ResourceType } from '../base/resource.ts';

type QueryValue = string | number | boolean | undefined;

/** Path of a collection. An absent or empty namespace means all namespaces, or a kind without them. */
export function collectionPath(type: ResourceType, namespace: string | undefined): string {
  const root =
    type.group === '' ? `/api/${type.version}` : `/apis/${encodeURIComponent(type.group)}/${type.version}`;
  const scope =
    namespace === undefined || namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${type.plural}`;
}

export function objectPath(type: ResourceType, key: ObjectKey, subresource?: string): string {
  const suffix = subresource === undefined ? '' : `/${subresource}`;
  return `${collectionPath(type, key.namespace)}/${encodeURIComponent(key.name)}${suffix}`;
}

/** `path` with the query's defined members, in their order. */
export function withQuery(path: string, query: Readonly<Record<string, QueryValue>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}
