import { describe, expect, test } from 'vitest';
import type { Inventory } from './inventory.ts';
import type { DumpFacts } from './verification.ts';
import { compareWithInventory, countKinds, describeDifferences, lackingKinds } from './verification.ts';

const inventory = {
  tables: [
    { schema: 'public', name: 'orders', rows: 3 },
    { schema: 'public', name: 'empty', rows: 0 },
  ],
  objects: { TABLE: 2, INDEX: 1 },
  largeObjects: 4,
} as unknown as Inventory;
const dump: DumpFacts = {
  tables: inventory.tables,
  objects: new Map([
    ['TABLE', 2],
    ['INDEX', 1],
    ['COMMENT', 17],
  ]),
  largeObjects: 4,
};

test('a dump that holds what its snapshot held does not differ', () => {
  expect(compareWithInventory(inventory, dump)).toEqual([]);
});

describe('a dump differs', () => {
  test.each([
    [
      'by one row',
      { ...dump, tables: [{ schema: 'public', name: 'orders', rows: 2 }, dump.tables[1]!] },
      'rows of public.orders: 3 in the snapshot, 2 in the dump',
    ],
    [
      'by an empty table that is not there',
      { ...dump, tables: [dump.tables[0]!] },
      'rows of public.empty: 0 in the snapshot, none in the dump',
    ],
    [
      'by a table that should not be there',
      { ...dump, tables: [...dump.tables, { schema: 'Ünï', name: 'a"b', rows: 0 }] },
      'rows of "Ünï"."a""b": none in the snapshot, 0 in the dump',
    ],
    [
      'by an index',
      { ...dump, objects: new Map([['TABLE', 2]]) },
      'INDEX entries: 1 in the snapshot, 0 in the dump',
    ],
    [
      'by a kind that must not occur',
      { ...dump, objects: new Map([...dump.objects, ['TRIGGER', 1]]) },
      'TRIGGER entries: 0 in the snapshot, 1 in the dump',
    ],
    ['by a large object', { ...dump, largeObjects: 5 }, 'large objects: 4 in the snapshot, 5 in the dump'],
  ])('%s', (_, other, words) => {
    expect(describeDifferences(compareWithInventory(inventory, other))).toBe(words);
  });
});

test('of many differences the first five are named, and the rest is counted', () => {
  const tables = Array.from({ length: 9 }, (_, i) => ({ schema: 's', name: `t${i}`, rows: 1 }));
  const text = describeDifferences(compareWithInventory({ ...inventory, tables }, { ...dump, tables: [] }));
  expect(text).toMatch(/s\.t4: .*; and 4 more differences$/);
});

test('a dump lacks what its snapshot had more of, and nothing that the inventory does not name', () => {
  const entries = ['TABLE', 'TABLE', 'TRIGGER', 'COMMENT'].map((desc) => ({ desc }));
  expect(lackingKinds(inventory, countKinds(entries))).toEqual([
    'the dump holds 0 of 1 INDEX entry that its snapshot had',
  ]);
  expect(lackingKinds({ objects: {} }, countKinds(entries))).toEqual([]);
});
