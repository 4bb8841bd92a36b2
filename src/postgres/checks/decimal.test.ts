import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareDecimals } from './decimal.ts';

it.each([
  ['1', '1.000', 0],
  ['-0', '0.0', 0],
  ['9007199254740993', '9007199254740992', 1],
  ['0.1000000000000000000000000000000001', '0.1', 1],
  ['1e3', '1000', 0],
  ['1.5E-2', '0.015', 0],
  ['-5', '-4.999', -1],
  ['99999999999999999999', '1e20', -1],
])('%s against %s is %s, exactly', (a, b, order) => {
  expect(compareDecimals(a, b)).toBe(order);
  expect(compareDecimals(b, a)).toBe(order === 0 ? 0 : -order);
});

it.each(['NaN', 'Infinity', '', '$1.00', '1,5', '0x10', '1e99999', ' 1'])('%j is no number', (text) => {
  expect(compareDecimals(text, '1')).toBeUndefined();
});

it('orders as whole numbers do, wherever the point stands', () => {
  const digits = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
  fc.assert(
    fc.property(digits, digits, fc.integer({ min: 0, max: 20 }), (a, b, places) => {
      expect(compareDecimals(`${String(a)}e-${String(places)}`, `${String(b)}e-${String(places)}`)).toBe(
        a === b ? 0 : a < b ? -1 : 1,
      );
    }),
  );
});
