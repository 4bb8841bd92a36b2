import { describe, expect, test } from 'vitest';
import { database, manifest } from '../../test/builders/manifest.ts';
import type { ComparableRun } from './shrinkage.ts';
import { suspiciousShrinkage } from './shrinkage.ts';

const now = new Date('2026-11-20T12:00:00Z');
const choice = { now, everyDatabase: false };
const before = manifest();
const after = (more: Parameters<typeof database>[0]) => manifest({ databases: [database(more)] });

describe('against the run before', () => {
  test.each([
    ['half of the rows left', { rows: 25_000 }, []],
    ['less than half of the rows left', { rows: 24_999 }, ['went from 50,000 to 24,999 rows']],
    ['no rows left', { rows: 0 }, ['went from 50,000 to 0 rows']],
    ['most tables gone', { tables: 4 }, ['went from 10 to 4 tables']],
    ['rows not counted', { rows: undefined }, []],
    ['a smaller file', { sizeBytes: 1 }, ['went from 209,715,200 to 1 byte on the server']],
    ['growth', { rows: 90_000, tables: 20 }, []],
  ])('%s', (_, change, expected) => {
    const losses = suspiciousShrinkage(after(change as Parameters<typeof database>[0]), [before], choice);
    expect(losses).toHaveLength(expected.length);
    for (const [index, words] of expected.entries()) expect(losses[index]).toContain(words);
  });

  test('a small table that empties is no news', () => {
    expect(suspiciousShrinkage(after({ rows: 0 }), [after({ rows: 999 })], choice)).toEqual([]);
  });

  test('a database that is missing is a loss only where all were asked for', () => {
    const other = manifest({ databases: [database({ name: 'other' })] });
    expect(suspiciousShrinkage(other, [before], choice)).toEqual([]);
    expect(suspiciousShrinkage(other, [before], { now, everyDatabase: true })).toEqual([
      'database shop is no longer on the server',
    ]);
  });
});

describe('the run to compare with', () => {
  const lost = after({ rows: 10 });
  const sound = manifest({ runId: '20261110T010000Z-s', snapshotTime: '2026-11-10T01:00:00Z' });
  const suspicious = { ...lost, runId: '20261119T010000Z-x', suspicious: true };
  /** The runs that a loss is told against. */
  const comparedWith = (...earlier: ComparableRun[]): string[] =>
    suspiciousShrinkage(lost, earlier, choice).map((words) => words.replace(/.* since run /, ''));

  test('is the newest that is not suspicious', () => {
    expect(comparedWith(suspicious, sound)).toEqual([sound.runId]);
  });

  test('is the newest of all when the last sound one is older than 30 days', () => {
    const old = { ...sound, snapshotTime: '2026-10-01T01:00:00Z' };
    expect(comparedWith(old)).toEqual([old.runId]);
    expect(comparedWith(suspicious, old)).toEqual([]);
  });

  test('is none for the first run', () => {
    expect(comparedWith()).toEqual([]);
  });

  test.each([{ content: 'SchemaOnly' }, { filtered: true }] as const)(
    'is one of the same choice of what to save, also after others: %j',
    (other) => {
      const between = manifest({ runId: '20261119T010000Z-o', ...other });
      expect(comparedWith(between)).toEqual([]);
      expect(comparedWith(between, sound)).toEqual([sound.runId]);
    },
  );

  test('is one that holds the database, also after others without it', () => {
    const between = manifest({
      runId: '20261119T010000Z-o',
      databases: [database({ name: 'other' })],
    });
    expect(comparedWith(between, sound)).toEqual([sound.runId]);
  });
});
