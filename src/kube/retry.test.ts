import { describe, expect, it } from 'vitest';
import { ApiError, TransportError } from './errors.ts';
import { maximumAttempts, retryVerdict } from './retry.ts';

const api = (status: number, retryAfterSeconds?: number): ApiError =>
  new ApiError('x', { status, retryAfterSeconds });
const lost = (code: string, outcome: 'notSent' | 'unknown'): TransportError =>
  new TransportError('x', { code, outcome });
const verdict = (error: unknown, replayable: boolean, attempt = 1): number | undefined => {
  const found = retryVerdict(error, { replayable, attempt, random: 0 });
  return found.retry ? found.afterMilliseconds : undefined;
};

describe('a failed call', () => {
  it.each<[string, unknown, number | undefined, number | undefined]>([
    // what failed, error, wait when replayable, wait when not
    ['429 with Retry-After', api(429, 7), 7_000, 7_000],
    ['429 without', api(429), 1_000, 1_000],
    ['503 with Retry-After', api(503, 3), 3_000, 3_000],
    ['503 without', api(503), 50, undefined],
    ['502', api(502), 50, undefined],
    ['504', api(504), 50, undefined],
    ['500', api(500), undefined, undefined],
    ['500 with Retry-After', api(500, 2), 2_000, undefined],
    ['404', api(404), undefined, undefined],
    ['409', api(409), undefined, undefined],
    ['409 with Retry-After', api(409, 1), undefined, undefined],
    ['422', api(422), undefined, undefined],
    ['a refused connection', lost('ECONNREFUSED', 'notSent'), 50, 50],
    ['a lost answer', lost('ECONNRESET', 'unknown'), 50, undefined],
    ['its deadline', lost('DEADLINE', 'unknown'), undefined, undefined],
    ['something else', new Error('x'), undefined, undefined],
    [
      'a resourceVersion that is too large',
      new ApiError('x', {
        status: 504,
        retryAfterSeconds: 1,
        causes: [{ reason: 'ResourceVersionTooLarge' }],
      }),
      undefined,
      undefined,
    ],
  ])('by %s is repeated as safety allows', (_, error, whenReplayable, whenNot) => {
    expect(verdict(error, true)).toBe(whenReplayable);
    expect(verdict(error, false)).toBe(whenNot);
  });
  it('waits longer each time, at most 5 s, and is given up after ten tries', () => {
    const waits = Array.from({ length: maximumAttempts }, (_, index) => verdict(api(503), true, index + 1));

    expect(waits).toEqual([50, 100, 200, 400, 800, 1600, 2500, 2500, 2500, undefined]);
  });
});
