import { z } from 'zod';
import { withRule } from '../rule.ts';

/** PostgreSQL cuts a longer name without a word (NAMEDATALEN - 1). */
export const nameLimitBytes = 63;

export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/**
 * The name of a database, role or schema, exactly as it is in the catalogue: no quotes around it, no pattern.
 * Every character is allowed but control characters, which only ever come in by mistake or malice.
 */
export const postgresName = withRule(
  z
    .string()
    .min(1)
    .max(63)
    // oxlint-disable-next-line no-control-regex -- control characters are what is refused
    .regex(/^[^\x00-\x1f\x7f]+$/),
  {
    holds: (name) => byteLength(name) <= nameLimitBytes,
    cel: `size(bytes(self)) <= ${nameLimitBytes}`,
    message: `must be at most ${nameLimitBytes} bytes long, as every name in PostgreSQL`,
  },
);
