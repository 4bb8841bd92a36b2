import { describe, expect, it } from 'vitest';
import { dumpFilters, nothingMatches } from './selection.ts';

const nothing = { schemas: [], tables: [], tableData: [] };

describe('dumpFilters', () => {
  it('takes the quotes off', () => {
    const include = { schemas: ['Übergröße'], tables: ['shop."Order ""1"".x"'] };
    expect(dumpFilters({ include, exclude: nothing })).toMatchObject({
      includeSchemas: ['Übergröße'],
      includeTables: [{ schema: 'shop', name: 'Order "1".x' }],
    });
  });
});

describe('nothingMatches', () => {
  const typo = { field: 'exclude.tables', name: 'shop.oders', similar: ['shop.orders'] };

  it('is silent when one of the databases has the name', () => {
    expect(nothingMatches([[typo], []])).toBeUndefined();
  });

  it('names what no database has, with what is alike', () => {
    expect(nothingMatches([[typo], [{ ...typo, similar: [] }]])).toMatchObject({
      reason: 'NothingMatches',
      message: 'spec.logical.exclude.tables: shop.oders does not exist; there is shop.orders',
    });
  });
});
