import type { RelationName } from './catalogue.ts';

/** To compare names with: no two relations of a database have the same. */
export function keyOf({ schema, name }: RelationName): string {
  return JSON.stringify([schema, name]);
}
