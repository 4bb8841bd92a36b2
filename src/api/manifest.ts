import { z } from 'zod';
import type { Kind } from './kinds.ts';
import { ownName } from './v1alpha1/names.ts';

/** A whole object of a kind as a user writes it; what the API server takes of it and no more. */
export function manifestSchema({ type, spec }: Kind): z.ZodType {
  return z.strictObject({
    apiVersion: z.literal(`${type.group}/${type.version}`),
    kind: z.literal(type.kind),
    metadata: z.looseObject({ name: ownName }),
    spec,
    status: z.unknown().optional(),
  });
}
