import { expect, test } from 'vitest';
import { backoffMilliseconds } from './backoff.ts';

const policy = { firstMilliseconds: 5, capMilliseconds: 1_000_000, factor: 2, jitter: 0.5 };

test.each([
  [1, 0, 5],
  [2, 0, 10],
  [3, 0, 20],
  [18, 0, 655_360],
  [19, 0, 1_000_000],
  [5_000, 0, 1_000_000],
  [1, 0.5, 6.25],
])('after %d failures, random %d: %d ms', (failures, random, milliseconds) => {
  expect(backoffMilliseconds(policy, failures, () => random)).toBe(milliseconds);
});
