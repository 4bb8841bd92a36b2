import { expect, test } from 'vitest';
import { backupFolder, dumpBaseName, isRunId, manifestKey, nextAttemptFolder, objectName } from './layout.ts';

test.each([
  ['shop', 'shop'],
  ['my_app-2.x', 'my_app-2.x'],
  ['Shop', 'database-7'],
  ['größe', 'database-7'],
  ['a/b', 'database-7'],
  ['..', 'database-7'],
  ['a..b', 'database-7'],
  ['-rf', 'database-7'],
  ['', 'database-7'],
  ['database-9', 'database-7'],
  ['x'.repeat(64), 'database-7'],
])('database %j is stored as %s', (name, expected) => {
  expect(dumpBaseName({ name, oid: 7 })).toBe(expected);
});

test('names say what has to be undone, the last first', () => {
  expect(objectName('shop.dump', { wrappedInZstd: false, encrypted: false })).toBe('shop.dump');
  expect(objectName('shop.dump', { wrappedInZstd: true, encrypted: true })).toBe('shop.dump.zst.age');
});

test('a folder ends where its name ends', () => {
  expect(backupFolder({ namespace: 'shop', name: 'app' })).toBe('shop/app/');
  expect(manifestKey({ namespace: 'shop', name: 'app' }, 'RUN')).toBe('shop/app/RUN/manifest.json');
});

test.each([
  ['20261120T012140Z-7f3a', true],
  ['20261120T012140Z', true],
  ['20261120T012140Z-7F3A', false],
  ['latest', false],
  ['20261120T012140Z-7f3a/..', false],
])('%s is a run id: %s', (text, expected) => {
  expect(isRunId(text)).toBe(expected);
});

test.each([
  [[], ''],
  [['shop.dump.age'], 'attempt-2/'],
  [['shop.dump.age', 'attempt-2/shop.dump.age'], 'attempt-3/'],
  [['attempt-4/shop.dump.age'], 'attempt-5/'],
])('after %j the next attempt writes to %j', (paths, expected) => {
  expect(nextAttemptFolder(paths)).toBe(expected);
});
