import { expect, it } from 'vitest';
import { quantityValue } from './quantity.ts';

it.each([
  ['500m', 0.5],
  ['2', 2],
  [2, 2],
  ['1.5Gi', 1_610_612_736],
  ['1Ki', 1024],
  ['1k', 1000],
  ['3T', 3e12],
  ['1Pi', 1024 ** 5],
  ['plenty', undefined],
  ['-1', undefined],
  ['1e3', undefined],
])('%s is worth %s', (quantity, value) => {
  expect(quantityValue(quantity)).toBe(value);
});
