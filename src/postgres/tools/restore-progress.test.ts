import { expect, test } from 'vitest';
import { readRestoreProgress } from './restore-progress.ts';

const refused = 'could not execute query: ERROR:  relation "stock.item" does not exist';
const command = 'Command was: ALTER TABLE ONLY public.customer\n    ADD CONSTRAINT ...;';

/** As pg_restore writes a line: each of these by a call of its own. */
const failing = ['pg_restore:', ' ', 'error: ', `${refused}\n${command}\n\n`];
const working = (words: string): string[] => ['pg_restore:', ' ', `${words}\n`];

/** Every order in which two processes may write. */
function interleaved(one: readonly string[], other: readonly string[]): readonly string[][] {
  const [first, ...rest] = one;
  const [second, ...others] = other;
  if (first === undefined || second === undefined) return [[...one, ...other]];
  return [
    ...interleaved(rest, other).map((pieces) => [first, ...pieces]),
    ...interleaved(one, others).map((pieces) => [second, ...pieces]),
  ];
}

function readAll(written: string): ReturnType<typeof readRestoreProgress> {
  const progress = readRestoreProgress(() => 7);
  for (const line of written.split('\n')) progress.line(line);
  return progress;
}

test.each([
  'launching item 3380 FK CONSTRAINT customer customer_item_fkey',
  'finished item 3373 TABLE DATA note',
  'processing data for table "public.note"',
  'creating CONSTRAINT "public.note note_pkey"',
  'executing SEQUENCE SET note_id_seq',
  'entering main parallel loop',
  'from TOC entry 3380; 2606 16400 FK CONSTRAINT customer customer_item_fkey boss',
  'while PROCESSING TOC:',
])('an error is read as it is, however another process writes between its pieces: %s', (words) => {
  for (const pieces of interleaved(failing, working(words)))
    expect(readAll(pieces.join('')).errors.map((error) => error.words)).toEqual([
      'relation "stock.item" does not exist',
    ]);
});

test('of two processes that fail at once both errors are read', () => {
  for (const pieces of interleaved(failing, failing)) expect(readAll(pieces.join('')).errors).toHaveLength(2);
});

test('the last data is seen, however another process writes between its pieces', () => {
  for (const pieces of interleaved(failing, working('finished item 3373 TABLE DATA note')))
    expect(readAll(pieces.join('')).dataEnd).toBe(7);
});

test('an error of pg_restore itself is one, and a warning is none', () => {
  const written =
    'pg_restore: warning: errors ignored on restore: 1\npg_restore: error: could not read from input file: end of file\n';
  expect(readAll(written).errors).toEqual([{ words: 'could not read from input file: end of file' }]);
});
