import { expect, it } from 'vitest';
import { largestGapSeconds } from './recovery-gap.ts';

const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 20, 1, minute));

it.each([
  ['between two runs', [at(0), at(30), at(40)], at(45), 1800],
  ['since the newest', [at(10), at(0)], at(45), 2100],
  ['of one run', [at(0)], at(1), 60],
  ['never below nothing, with a clock that is behind', [at(5)], at(5), 0],
  ['unknown without a run', [], at(1), undefined],
])('the largest gap is %s', (_, times, now, expected) => {
  expect(largestGapSeconds(times, now)).toBe(expected);
});
