import { describe, expect, it } from 'vitest';
import { planParts } from './part-plan.ts';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

describe('the plan of parts', () => {
  it.each([
    ['a small stream', 1, 8 * MiB],
    ['what 1,000 of the smallest parts hold, with the reserve', 6.25 * GiB, 8 * MiB],
    ['more than that', 10 * GiB, 13 * MiB],
    ['much more', 40 * GiB, 52 * MiB],
    ['more than memory allows in 1,000 parts', 500 * GiB, 64 * MiB],
    ['a length that nobody knows', undefined, 32 * MiB],
  ])('suits %s', (_label, expected, partBytes) => {
    expect(planParts(expected, undefined).partBytes).toBe(partBytes);
  });

  it('leaves room for a guess that is a quarter too low in 1,000 parts', () => {
    for (let expected = MiB; expected < 50 * GiB; expected *= 1.7) {
      const { partBytes } = planParts(Math.floor(expected), undefined);
      expect(partBytes * 1000).toBeGreaterThanOrEqual(expected * 1.25);
    }
  });

  it('keeps what is in memory below 192 MiB and never below two parts', () => {
    for (const expected of [1, 10 * GiB, 30 * GiB, 60 * GiB, 900 * GiB, undefined]) {
      const { partBytes, buffers } = planParts(expected, undefined);
      expect(partBytes * buffers).toBeLessThanOrEqual(192 * MiB);
      expect(buffers).toBeGreaterThanOrEqual(3);
    }
    expect(planParts(1, 512 * MiB)).toEqual({ partBytes: 512 * MiB, buffers: 2, maxParts: 10_000 });
  });

  it('does as the owner says', () => {
    expect(planParts(900 * GiB, 5 * MiB).partBytes).toBe(5 * MiB);
  });
});
