import { expect, it } from 'vitest';
import { compareExtensions } from './extensions.ts';

function compare(source: string, here: string | undefined): ReturnType<typeof compareExtensions> {
  const installed = new Map(here === undefined ? [] : [['postgis', here]]);
  return compareExtensions([{ name: 'postgis', version: source, schema: 'public' }], installed);
}

it('lets an extension of the same version pass without a word', () => {
  expect(compare('3.4.2', '3.4.2')).toEqual({ count: 1, faults: [], unfit: [], newer: [] });
});

it('misses one that is not there', () => {
  expect(compare('3.4.2', undefined).faults).toEqual(['extension postgis is missing: the source has 3.4.2']);
});

it.each([
  ['3.4.2', '3.5.0'],
  ['3.9', '3.10'],
  ['1.0', '1.0.1'],
])('lets one pass that was %s and is %s, and says so', (source, here) => {
  expect(compare(source, here)).toEqual({
    count: 1,
    faults: [],
    unfit: [],
    newer: [`extension postgis is ${here} here and ${source} at the source`],
  });
});

it.each([
  ['3.5.0', '3.4.2'],
  ['3.10', '3.9'],
  ['2.0-dev', '2.1'],
  ['unpackaged', '1.0'],
])('cannot tell with one that was %s and is %s, and says which image would do', (source, here) => {
  expect(compare(source, here)).toEqual({
    count: 1,
    faults: [],
    unfit: [
      `extension postgis is ${here} here and ${source} at the source: set server.image to one with ${source} or newer`,
    ],
    newer: [],
  });
});
