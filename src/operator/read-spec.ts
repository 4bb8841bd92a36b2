import type { z } from 'zod';
import type { Finding } from '../domain/validate-spec.ts';
import { findingsMessage } from '../domain/validate-spec.ts';

/** A spec as stored, read by the schema of this version. */
export type ReadSpec<Spec> =
  | { readonly state: 'valid'; readonly spec: Spec }
  /** `fault` names the fields and what is wrong with them. */
  | { readonly state: 'invalid'; readonly fault: string };

/**
 * Reads by the schema, then by what no schema can say. The CRD checks the schema when an object is written; here it is
 * for what lies in the store from before, or came in past a CRD of another version.
 */
export function readSpec<Spec>(
  schema: z.ZodType<Spec>,
  stored: unknown,
  validate: (spec: Spec) => readonly Finding[],
): ReadSpec<Spec> {
  const parsed = schema.safeParse(stored);
  const findings = parsed.success
    ? validate(parsed.data)
    : parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), message }));
  if (parsed.success && findings.length === 0) return { state: 'valid', spec: parsed.data };
  return { state: 'invalid', fault: findingsMessage(findings) };
}
