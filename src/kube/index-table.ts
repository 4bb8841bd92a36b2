/** Keys by the values that index functions give for their objects. */
export interface IndexTable<T> {
  add(key: string, object: T): void;
  remove(key: string, object: T): void;
  keys(index: string, value: string): Iterable<string>;
}

export function createIndexTable<T>(
  functions: Readonly<Record<string, (object: T) => readonly string[]>>,
): IndexTable<T> {
  const tables = new Map<string, Map<string, Set<string>>>();
  for (const name of Object.keys(functions)) tables.set(name, new Map());

  return {
    add(key, object) {
      for (const [name, valuesOf] of Object.entries(functions)) {
        const table = tables.get(name);
        for (const value of valuesOf(object)) {
          const keys = table?.get(value);
          if (keys === undefined) table?.set(value, new Set([key]));
          else keys.add(key);
        }
      }
    },
    remove(key, object) {
      for (const [name, valuesOf] of Object.entries(functions)) {
        const table = tables.get(name);
        for (const value of valuesOf(object)) {
          const keys = table?.get(value);
          keys?.delete(key);
          if (keys?.size === 0) table?.delete(value);
        }
      }
    },
    keys(index, value) {
      const table = tables.get(index);
      if (table === undefined) throw new Error(`the cache has no index "${index}"`);
      return table.get(value) ?? [];
    },
  };
}
