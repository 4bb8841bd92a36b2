import { expect, it } from 'vitest';
import type { RestoredRows } from './compare-rows.ts';
import { compareRows } from './compare-rows.ts';

const table = (name: string, more: Partial<RestoredRows> = {}): RestoredRows => ({
  schema: 'shop',
  name,
  rows: 3,
  ofExtension: false,
  unlogged: false,
  ...more,
});
const expected = [{ schema: 'shop', name: 'customer', rows: 3 }];
const whole = { whole: true };
const part = { whole: false };

it('pairs every table of the backup with what was counted', () => {
  expect(compareRows(expected, [table('customer')], whole)).toEqual({
    tables: [{ schema: 'shop', name: 'customer', expectedRows: 3, restoredRows: 3 }],
    differences: [],
  });
});

it.each([
  [[], 'shop.customer is missing: the backup holds 3 rows of it'],
  [[table('customer', { rows: 2 })], 'shop.customer has 2 rows instead of 3'],
  [[table('customer', { rows: 4 })], 'shop.customer has 4 rows instead of 3'],
])('names what is not as in the backup: %#', (restored, words) => {
  expect(compareRows(expected, restored, whole).differences).toEqual([words]);
});

it('says in the words of the server that a table cannot be read', () => {
  const { rows: _, ...broken } = table('customer', { unreadable: 'invalid page in block 3' });
  expect(compareRows(expected, [broken], whole).differences).toEqual([
    'shop.customer cannot be read: invalid page in block 3',
  ]);
});

it('wants no table that the backup of a whole database does not hold', () => {
  const restored = [table('customer'), table('other', { rows: 0 })];
  expect(compareRows(expected, restored, whole)).toEqual({
    tables: [
      { schema: 'shop', name: 'customer', expectedRows: 3, restoredRows: 3 },
      { schema: 'shop', name: 'other', expectedRows: null, restoredRows: 0 },
    ],
    differences: ['shop.other should not be there: the backup does not hold it, and it has 0 rows'],
  });
});

it.each([
  ['an empty table of a backup of parts', part, table('other', { rows: 0 })],
  ['an empty unlogged table, as a standby gives it', whole, table('other', { rows: 0, unlogged: true })],
  ['a table that an extension brought', whole, table('other', { ofExtension: true })],
])('does not mind %s', (_, wholeness, extra) => {
  expect(compareRows(expected, [table('customer'), extra], wholeness).differences).toEqual([]);
});

it('minds rows that nobody saved, in a backup of parts too', () => {
  expect(compareRows(expected, [table('customer'), table('other')], part).differences).toHaveLength(1);
});
