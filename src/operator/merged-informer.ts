import type { KubeObject, ObjectKey } from '../base/resource.ts';
import type { Informer } from '../runtime/informer.ts';

type Counters = Informer['counters'];

/** One informer over several namespaces: an installation that may watch only some has no list of all of them. */
export function mergeInformers<T extends KubeObject>(
  parts: ReadonlyMap<string, Informer<T>>,
  only: Informer<T>,
): Informer<T> {
  const all = [...parts.values()];
  return {
    type: only.type,
    cache: {
      get: (key: ObjectKey) => parts.get(key.namespace)?.cache.get(key),
      byIndex: (index, value) => all.flatMap((part) => part.cache.byIndex(index, value)),
      list: () => all.flatMap((part) => part.cache.list()),
    },
    get size() {
      return all.reduce((sum, part) => sum + part.size, 0);
    },
    get counters() {
      return all.map((part) => part.counters).reduce(addCounters);
    },
    get synced() {
      return all.every((part) => part.synced);
    },
    whenSynced: async (signal) => {
      await Promise.all(all.map(async (part) => await part.whenSynced(signal)));
    },
    contactAgeMilliseconds: () => Math.max(...all.map((part) => part.contactAgeMilliseconds())),
    // Which namespace a version belongs to is not known here, so all of them must have come so far.
    hasSeen: (resourceVersion) => all.every((part) => part.hasSeen(resourceVersion)),
    subscribe: (listener) => {
      const ends = all.map((part) => part.subscribe(listener));
      return () => {
        for (const end of ends) end();
      };
    },
    run: async (signal) => {
      await Promise.all(all.map(async (part) => await part.run(signal)));
    },
  };
}

function addCounters(a: Counters, b: Counters): Counters {
  const names = Object.keys(a) as (keyof Counters)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as unknown as Counters;
}
