import { z } from 'zod';

/** RFC 3339. The format that the API server knows; the long pattern of zod is left out of the CRD. */
export const time = z.iso.datetime().meta({ format: 'date-time' });

export const runId = z.string().min(1).max(63);
/** A whole number that is not negative. */
export const count = z.int().min(0);
/** Room for a whole report of a worker (4 KiB), so that no status is refused for the length of a message. */
export const message = z.string().max(4096);
/** One CamelCase word. */
export const reason = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Z][A-Za-z]*$/);

export const observedGeneration = count
  .describe('observedGeneration is the generation of the spec that this status was made from.')
  .exactOptional();
