import { expect, it } from 'vitest';
import { counted, cut, formatBytes, formatSeconds, shortDuration } from './amounts.ts';
import { retryPauseSeconds } from './pace.ts';

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [8_388_608, '8.0 MiB'],
  [4_402_341_478, '4.1 GiB'],
  [12 * 1024 ** 3, '12 GiB'],
])('%i bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it.each([
  [0.4, '0 s'],
  [119, '119 s'],
  [120, '2 min'],
  [90_000, '25 h'],
  [864_000, '10 d'],
])('%d seconds are %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

it.each([
  [0, '0s'],
  [41.2, '42s'],
  [60, '1m'],
  [412, '6m52s'],
  [26_340, '7h19m'],
  [26_341, '7h20m'],
  [86_399, '1d'],
  [273_600, '3d4h'],
])('%d seconds are %s in a column', (seconds, text) => {
  expect(shortDuration(seconds)).toBe(text);
});

it.each([
  [0, '0 rows'],
  [1, '1 row'],
  [2, '2 rows'],
  [999, '999 rows'],
  [48_201_337, '48,201,337 rows'],
])('%i rows are counted as %s', (count, text) => {
  expect(counted(count, 'row')).toBe(text);
});

it('counts a noun with a plural of its own, and with its verb', () => {
  expect(counted(1, 'index is', 'indexes are')).toBe('1 index is');
  expect(counted(2, 'index is', 'indexes are')).toBe('2 indexes are');
});

it('cuts a text at its limit, and shows that it did', () => {
  expect(cut('abc', 3)).toBe('abc');
  expect(cut('abcd', 3)).toBe('ab…');
});

it('pauses longer with every failure, up to a limit', () => {
  expect([1, 2, 3, 4, 5, 6, 1000].map(retryPauseSeconds)).toEqual([30, 60, 120, 240, 480, 600, 600]);
});
