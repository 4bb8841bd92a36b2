import fc from 'fast-check';
import { expect, it } from 'vitest';
import { indexNames } from './index-names.ts';

const bytes = (text: string): number => new TextEncoder().encode(text).length;
const table = { schema: 'shop', name: 'order_item' };

it.each([
  {
    what: 'table and columns',
    taken: [],
    columns: ['order_id', 'line'],
    name: 'order_item_order_id_line_idx',
  },
  {
    what: 'the next number where the name is taken',
    taken: ['order_item_a_idx', 'order_item_a_idx2'],
    columns: ['a'],
    name: 'order_item_a_idx3',
  },
  { what: 'as much as fits', taken: [], columns: ['x'.repeat(60)], name: `order_item_${'x'.repeat(48)}_idx` },
  {
    what: 'no half of a character',
    taken: [],
    columns: ['日'.repeat(20)],
    name: `order_item_${'日'.repeat(16)}_idx`,
  },
])('a new index is named by $what', ({ taken, columns, name }) => {
  const names = indexNames(taken.map((one) => ({ schema: 'shop', name: one })));
  expect(names.next(table, columns)).toBe(name);
});

it('the name of an index in another schema is free', () => {
  const names = indexNames([{ schema: 'other', name: 'order_item_a_idx' }]);
  expect(names.next(table, ['a'])).toBe('order_item_a_idx');
});

it('no name is given twice, cut off by PostgreSQL, or different the next time', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, fc.array(name, { minLength: 1, maxLength: 4 })), { maxLength: 12 }),
      (wishes) => {
        const give = () => {
          const names = indexNames([]);
          return [...wishes, ...wishes].map(([relation, columns]) =>
            names.next({ schema: 's', name: relation }, columns),
          );
        };
        const given = give();
        expect(new Set(given).size).toBe(given.length);
        expect(given.every((one) => bytes(one) <= 63)).toBe(true);
        expect(give()).toEqual(given);
      },
    ),
  );
});
