import { expect, it } from 'vitest';
import { sourceFiles } from './source-tree.ts';

const files = sourceFiles();
const lengths = files.map((file) => file.lines).toSorted((a, b) => a - b);
const quantile = (q: number): number =>
  lengths[Math.min(lengths.length - 1, Math.floor(lengths.length * q))] ?? 0;

it('half of all files have at most 80 lines', () => {
  expect(quantile(0.5)).toBeLessThanOrEqual(80);
});

it('95 of 100 files have at most 250 lines', () => {
  expect(quantile(0.95)).toBeLessThanOrEqual(250);
});

it('no file has more than 400 lines', () => {
  expect(files.filter((file) => file.lines > 400).map((file) => `${file.path}: ${file.lines}`)).toEqual([]);
});

it('no test file has more than 800 lines', () => {
  const tests = sourceFiles({ tests: true }).filter((file) => file.path.endsWith('.test.ts'));
  expect(tests.filter((file) => file.lines > 800).map((file) => file.path)).toEqual([]);
});

it('no file is named as a grab bag', () => {
  expect(
    files
      .filter((file) => /\/(utils?|helpers?|misc|common|shared)\.ts$/.test(file.path))
      .map((file) => file.path),
  ).toEqual([]);
});
