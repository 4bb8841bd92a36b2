import type { ObjectKey, ObjectMeta } from '../base/resource.ts';

/** `namespace/name`; neither part can hold a slash. */
export function keyText(key: ObjectKey): string {
  return `${key.namespace}/${key.name}`;
}

export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf('/');
  return { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

export function keyOf(metadata: ObjectMeta): ObjectKey {
  return { namespace: metadata.namespace ?? '', name: metadata.name };
}
