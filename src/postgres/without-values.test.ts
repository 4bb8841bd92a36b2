import { expect, it } from 'vitest';
import { withoutValues } from './without-values.ts';

it.each([
  ['invalid input syntax for type integer: "ada@example.net"', 'invalid input syntax for type integer'],
  ['invalid input syntax for type integer: "of two', 'invalid input syntax for type integer'],
  ['value "99999999999" is out of range for type integer', 'a value is out of range for type integer'],
  ['value "99999999999', 'a value is not taken'],
  ['"1e400" is out of range for type double precision', 'a value is out of range for type double precision'],
  ['"7" is not a valid binary digit', 'a value is not a valid binary digit'],
  ['invalid byte sequence for encoding "UTF8": 0xff 0x41', 'invalid byte sequence for encoding "UTF8"'],
  [
    'character with byte sequence 0xe2 0x82 0xac in encoding "UTF8" has no equivalent in encoding "LATIN1"',
    'character with a byte sequence in encoding "UTF8" has no equivalent in encoding "LATIN1"',
  ],
])('%s', (words, without) => {
  expect(withoutValues(words)).toBe(without);
});

it.each([
  'new row for relation "t" violates check constraint "t_check"',
  'could not create unique index "t_pkey"',
  'schema "app" already exists',
  'value too long for type character varying(10)',
  'value for domain d violates check constraint "d_check"',
  'could not extend file "base/16384/16401": No space left on device',
])('keeps all of: %s', (words) => {
  expect(withoutValues(words)).toBe(words);
});
