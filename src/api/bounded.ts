import { z } from 'zod';
import { withRule } from './rule.ts';

/** A list of at most `max` different items: the API server refuses repeats in a list of type set. */
export function setOf<T extends z.ZodType<string>>(item: T, max: number): z.ZodArray<T> {
  return z
    .array(item)
    .max(max)
    .refine((items) => new Set(items).size === items.length, { error: 'entries must differ' })
    .meta({ 'x-kubernetes-list-type': 'set' });
}

/** A list that is written as a whole: of several field managers the last one wins. */
export function atomicList<T extends z.ZodType>(item: T, max: number): z.ZodArray<T> {
  return z.array(item).max(max).meta({ 'x-kubernetes-list-type': 'atomic' });
}

/** A list of at most `max` items, each known by its `name`: the API server refuses repeats, and merges by name. */
export function namedList<T extends z.ZodType<{ readonly name: string }>>(
  item: T,
  max: number,
): z.ZodArray<T> {
  return z
    .array(item)
    .max(max)
    .refine((items) => new Set(items.map(({ name }) => name)).size === items.length, {
      error: 'names must differ',
    })
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] });
}

export interface KeyRule {
  readonly holds: (key: string) => boolean;
  /** CEL over the key `k`. */
  readonly cel: string;
  readonly message: string;
}

/** A map of at most `max` entries whose keys follow the rules. */
export function mapOf<V extends z.ZodType>(
  value: V,
  max: number,
  rules: readonly KeyRule[],
): z.ZodRecord<z.ZodString, V> {
  const map = z
    .record(z.string(), value)
    .refine((entries) => Object.keys(entries).length <= max, { error: `must have at most ${max} entries` })
    .meta({ maxProperties: max });
  return rules.reduce(
    (schema, { holds, cel, message }) =>
      withRule(schema, {
        holds: (entries) => Object.keys(entries).every(holds),
        cel: `self.all(k, ${cel})`,
        message,
      }),
    map,
  );
}
