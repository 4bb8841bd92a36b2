import type { z } from 'zod';

export interface Rule<T> {
  /** What must hold, for zod. */
  readonly holds: (value: T) => boolean;
  /** The same in CEL, for the API server. One table of cases runs through both. */
  readonly cel: string;
  /** What the user reads when it does not hold: what is wanted, in one sentence. */
  readonly message: string;
}

/** The key under which a CRD carries CEL rules; `.meta` of zod passes it on unchanged. */
export const validationsKey = 'x-kubernetes-validations';

/** The schema with one more rule, in zod and in CEL. Rules that came before stay. */
export function withRule<S extends z.ZodType>(schema: S, { holds, cel, message }: Rule<z.output<S>>): S {
  const before = (schema.meta()?.[validationsKey] ?? []) as readonly object[];
  return schema
    .refine((value) => holds(value as z.output<S>), { error: message })
    .meta({ ...schema.meta(), [validationsKey]: [...before, { rule: cel, message }] });
}

/** A CEL raw string, so that a pattern stands in a rule as it stands in code. */
export function celPattern(pattern: RegExp): string {
  return `r'${pattern.source.replaceAll(String.raw`\/`, '/')}'`;
}
