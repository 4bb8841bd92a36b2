import { describe, expect, it } from 'vitest';
import type { Expectation, Given } from './expectation.ts';
import { rowsToRead, unmetBecause } from './expectation.ts';

const one = (value: string | null): Given => ({ first: [[value]], rows: 1, more: false });

const set = (...first: readonly (readonly (string | null)[])[]): Given => ({
  first,
  rows: first.length,
  more: false,
});

describe('an expectation that is met', () => {
  it.each<[Expectation, Given]>([
    [{ equals: 'shipped' }, one('shipped')],
    [{ equals: '42' }, one('42.00')],
    [{ equals: 'true' }, one('t')],
    [{ equals: 't' }, one('t')],
    [{ equals: '' }, one('')],
    [{ atLeast: '0.3' }, one('0.3')],
    [{ atLeast: '9007199254740993', atMost: '9007199254740993' }, one('9007199254740993')],
    [{ rows: 0 }, { first: [], rows: 0, more: false }],
    [{ rows: 3 }, { first: [['x']], rows: 3, more: false }],
    [
      {
        rowSet: [
          ['EUR', '2'],
          ['USD', 'true'],
        ],
      },
      set(['USD', 't'], ['EUR', '2.00']),
    ],
    [{ rowSet: [['a'], ['a']] }, set(['a'], ['a'])],
  ])('%j by %j', (expectation, given) => {
    expect(unmetBecause(expectation, given)).toBeUndefined();
  });
});

describe('an expectation that is not met', () => {
  it.each<[Expectation, Given, string]>([
    [{ equals: '5' }, one('4'), 'the value is 4 instead of 5'],
    [{ equals: '5' }, one(null), 'the value is NULL'],
    [{ equals: '5' }, { first: [], rows: 0, more: false }, '0 rows came instead of one'],
    [{ equals: '5' }, { first: [['5']], rows: 2, more: true }, 'more than 1 row came instead of one'],
    [{ equals: '5' }, { first: [[]], rows: 1, more: false }, 'the row has no column'],
    [{ atLeast: '10' }, one('9.99'), 'the value is 9.99, and should be at least 10'],
    [{ atMost: '10' }, one('10.01'), 'the value is 10.01, and should be at most 10'],
    [{ atLeast: '1', atMost: '2' }, one('3'), 'the value is 3, and should be at most 2'],
    [{ atLeast: '1' }, one('NaN'), 'the value is no number, and should be at least 1'],
    [{ rows: 2 }, { first: [['x']], rows: 3, more: true }, 'more than 2 rows came instead of 2'],
    [{ rows: 2 }, { first: [['x']], rows: 1, more: false }, '1 row came instead of 2'],
    [{ rowSet: [['a'], ['b']] }, set(['a']), '1 row of rowSet did not come'],
    [{ rowSet: [['a']] }, set(['a'], ['a']), '1 row came that rowSet does not hold'],
    [
      {
        rowSet: [
          ['a', '1'],
          ['b', '2'],
        ],
      },
      set(['a', null], ['b', '2']),
      '1 row of rowSet did not come, and 1 row came that rowSet does not hold',
    ],
    [
      { rowSet: [['a']] },
      { first: [['c'], ['a']], rows: 2, more: true },
      'at least 1 row came that rowSet does not hold',
    ],
    [{ rowSet: [['a']] }, set(), '1 row of rowSet did not come'],
    [
      { rowSet: [['a']] },
      set(['a', 'b']),
      '1 row of rowSet did not come, and 1 row came that rowSet does not hold',
    ],
  ])('%j by %j: %s', (expectation, given, words) => {
    expect(unmetBecause(expectation, given)).toBe(words);
  });

  it('tells no text that was read', () => {
    expect(unmetBecause({ equals: 'Anna' }, one('Bertha'))).toBe(
      'the value, a text of 6 characters, is not the one that expect.equals gives',
    );
    expect(unmetBecause({ equals: '1' }, one('Bertha'))).not.toContain('Bertha');
  });
});

it('reads one row more than is needed, to know that there are more', () => {
  expect(rowsToRead({ equals: '1' })).toBe(2);
  expect(rowsToRead({ rows: 0 })).toBe(1);
  expect(rowsToRead({ rows: 7 })).toBe(8);
  expect(rowsToRead({ rowSet: [['a'], ['b']] })).toBe(3);
});
