import { ApiError, TransportError, isResourceVersionTooLarge } from './errors.ts';

/** How often a call is tried at most, the first time included. */
export const maximumAttempts = 10;

export type RetryVerdict =
  { readonly retry: false } | { readonly retry: true; readonly afterMilliseconds: number };

const never: RetryVerdict = { retry: false };

/**
 * Whether a failed call may be sent again.
 * - 429, and 503 with Retry-After: the server did not process it and says when to come back; any call.
 * - A connection that could not be made: any call.
 * - Other 5xx with Retry-After, 502, 503, 504, a lost answer: only a call that can be repeated without harm
 *   (`replayable`).
 * `attempt` counts from 1; `random` is in [0, 1).
 */
export function retryVerdict(
  error: unknown,
  call: { replayable: boolean; attempt: number; random: number },
): RetryVerdict {
  if (call.attempt >= maximumAttempts) return never;
  const backoff = Math.min(5_000, 100 * 2 ** (call.attempt - 1)) * (0.5 + call.random / 2);
  if (error instanceof ApiError) return verdictOnAnswer(error, call.replayable, backoff);
  if (error instanceof TransportError && error.code !== 'DEADLINE') {
    const harmless = error.outcome === 'notSent' || call.replayable;
    return harmless ? { retry: true, afterMilliseconds: backoff } : never;
  }
  return never;
}

function verdictOnAnswer(error: ApiError, replayable: boolean, backoff: number): RetryVerdict {
  if (isResourceVersionTooLarge(error)) return never;
  if (error.status === 429) {
    return { retry: true, afterMilliseconds: Math.max((error.retryAfterSeconds ?? 1) * 1000, backoff) };
  }
  if (error.retryAfterSeconds !== undefined && error.status >= 500) {
    const afterMilliseconds = Math.max(error.retryAfterSeconds * 1000, backoff);
    return error.status === 503 || replayable ? { retry: true, afterMilliseconds } : never;
  }
  const gatewayTrouble = error.status === 502 || error.status === 503 || error.status === 504;
  return gatewayTrouble && replayable ? { retry: true, afterMilliseconds: backoff } : never;
}
