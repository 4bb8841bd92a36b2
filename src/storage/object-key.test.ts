import { describe, expect, it } from 'vitest';
import { checkKey, compareKeys, folderPrefix, isTemporaryName, temporaryNameOf } from './object-key.ts';

describe('keys', () => {
  it.each(['a', 'shop/app/20261120T012140Z-7f3a/manifest.json', '.pgcairn-probe/u/o', 'ü/z y', '..a/b..'])(
    'takes %j',
    (key) => {
      expect(() => checkKey(key)).not.toThrow();
    },
  );

  it.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/../b',
    'a\\b',
    'a\u0000',
    'a\u007f',
    `a/${'x'.repeat(256)}`,
  ])('refuses %j', (key) => {
    expect(() => checkKey(key)).toThrow(/cannot be the key/);
  });

  it('refuses the names of unfinished files, and only these', () => {
    const name = temporaryNameOf('0123456789abcdef');
    expect(isTemporaryName(name)).toBe(true);
    expect(() => checkKey(`a/${name}`)).toThrow(/cannot be the key/);
    expect(isTemporaryName('.pgcairn-probe')).toBe(false);
  });

  it.each([
    [undefined, ''],
    ['', ''],
    ['/', ''],
    ['a', 'a/'],
    ['/a//b/', 'a/b/'],
  ])('makes a prefix of %j', (folder, prefix) => {
    expect(folderPrefix(folder)).toBe(prefix);
  });

  it('refuses a prefix that leads out', () => {
    expect(() => folderPrefix('a/../../etc')).toThrow(/cannot be the key/);
  });

  it('orders by bytes, as stores do', () => {
    expect(['é', 'z', 'a/b', 'a-b', '𝄞', '\uFF61'].sort(compareKeys)).toEqual([
      'a-b',
      'a/b',
      'z',
      'é',
      '\uFF61',
      '𝄞',
    ]);
  });
});
