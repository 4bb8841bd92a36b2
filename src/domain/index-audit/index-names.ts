import { byteLength, nameLimitBytes } from '../../api/v1alpha1/postgres-name.ts';
import type { RelationName } from './catalogue.ts';
import { keyOf } from './relation-key.ts';

/** Gives out names for new indexes: the same for the same catalogue, and none twice. */
export interface IndexNames {
  next(table: RelationName, columns: readonly string[]): string;
}

/** `taken`: names of relations and indexes that are there. Indexes share one space of names with tables, per schema. */
export function indexNames(taken: readonly RelationName[]): IndexNames {
  const known = new Set(taken.map(keyOf));
  return {
    next: (table, columns) => {
      for (let number = 1; ; number += 1) {
        const ending = number === 1 ? '_idx' : `_idx${String(number)}`;
        const name = fit([table.name, ...columns].join('_'), ending);
        const key = keyOf({ schema: table.schema, name });
        if (known.has(key)) continue;
        known.add(key);
        return name;
      }
    },
  };
}

/** PostgreSQL would cut the name at its end, where two of them differ. */
function fit(stem: string, ending: string): string {
  const room = nameLimitBytes - byteLength(ending);
  let fitting = '';
  let bytes = 0;
  for (const character of stem) {
    bytes += byteLength(character);
    if (bytes > room) break;
    fitting += character;
  }
  return `${fitting}${ending}`;
}
