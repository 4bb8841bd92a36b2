import type { z } from 'zod';

export interface Rule<T> {
  /** What must hold, for zod. */
  readonly holds: (value: T) => boolean;
  /** The same in CEL, for the API server. One table of cases runs through both. */
  readonly cel: string;
  /** What the user reads when it does not hold: what is wanted, in one sentence. */
  readonly message: string;
  /** The same with the value in it; where the API server cannot work it out, `message` stands in. */
  readonly says?: { readonly text: (value: T) => string; readonly cel: string };
}

/** The key under which a CRD carries CEL rules; `.meta` of zod passes it on unchanged. */
export const validationsKey = 'x-kubernetes-validations';

/** The schema with one more rule, in zod and in CEL. Rules that came before stay. */
export function withRule<S extends z.ZodType>(
  schema: S,
  { holds, cel, message, says }: Rule<z.output<S>>,
): S {
  const before = (schema.meta()?.[validationsKey] ?? []) as readonly object[];
  const rule = { rule: cel, message, ...(says && { messageExpression: says.cel }) };
  return schema
    .refine((value) => holds(value as z.output<S>), {
      error: ({ input }) => says?.text(input as z.output<S>) ?? message,
    })
    .meta({ ...schema.meta(), [validationsKey]: [...before, rule] });
}

/** The schema of a text that must match as a whole; unlike a bare pattern it says what is wanted. */
export function withPattern<S extends z.ZodType<string>>(schema: S, pattern: RegExp, message: string): S {
  return withRule(schema, {
    holds: (text) => pattern.test(text),
    cel: `self.matches(${celPattern(pattern)})`,
    message,
  });
}

/** A CEL raw string, so that a pattern stands in a rule as it stands in code. */
export function celPattern(pattern: RegExp): string {
  return `r'${pattern.source.replaceAll(String.raw`\/`, '/')}'`;
}
