import type { ObjectMeta } from '../../src/base/resource.ts';

/** What every built object carries unless told otherwise: namespace shop, a UID made of its name, generation 1. */
export function objectMeta(name: string, given: Partial<ObjectMeta> = {}): ObjectMeta {
  return {
    name,
    namespace: 'shop',
    uid: `uid-of-${given.name ?? name}`,
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-11-20T00:00:00Z',
    ...given,
  };
}
