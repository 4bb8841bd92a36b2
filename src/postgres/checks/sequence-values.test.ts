import { describe, expect, it } from 'vitest';
import type { TocEntry } from '../../stream/pg-archive/format.ts';
import { compareSequenceValues } from './sequence-values.ts';

function entry(definition: string): TocEntry {
  return {
    dumpId: 1,
    oid: 0,
    tag: 'order_id_seq',
    desc: 'SEQUENCE SET',
    section: 3,
    namespace: 'shop',
    dependencies: [],
    hasData: false,
    hasCopyStatement: false,
    definition,
  };
}
const values = new Map([
  ['shop.order_id_seq', { schema: 'shop', name: 'order_id_seq', last: 7n, isCalled: true }],
]);
const set = new Set(['shop.order_id_seq']);

describe('compareSequenceValues', () => {
  it.each([
    ['7, true', []],
    ['8, true', ['sequence shop.order_id_seq stands at 7 instead of 8']],
    ['7, false', ['sequence shop.order_id_seq stands at 7 instead of 7 (not used yet)']],
  ])('compares with %s', (value, differences) => {
    const contents = [entry(`SELECT pg_catalog.setval('shop.order_id_seq', ${value});\n`)];
    expect(compareSequenceValues(contents, values)).toEqual({ set, differences });
  });

  it('passes over no entry that it cannot read', () => {
    expect(compareSequenceValues([entry('ALTER SEQUENCE shop.order_id_seq RESTART 7;\n')], values)).toEqual({
      set,
      differences: ['sequence shop.order_id_seq: the dump does not say where it stands'],
    });
  });
});
