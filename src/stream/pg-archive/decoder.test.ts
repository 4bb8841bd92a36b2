import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ArchiveForm, ArchivePart } from '../../../test/builders/pg-archive.ts';
import { buildArchive, int } from '../../../test/builders/pg-archive.ts';
import type { DecodedArchive } from './decoder.ts';
import { ArchiveDecoder } from './decoder.ts';
import { ArchiveDamaged } from './format.ts';

async function decode(archive: Buffer, chunkBytes = 65_536): Promise<DecodedArchive> {
  const decoder = new ArchiveDecoder();
  for (let from = 0; from < archive.length; from += chunkBytes)
    await decoder.write(archive.subarray(from, from + chunkBytes));
  return await decoder.finish();
}

const rowsOf = (archive: DecodedArchive): Record<string, number> =>
  Object.fromEntries(archive.tables.map(({ name, rows }) => [name, rows]));

const manyRows = Array.from({ length: 20_000 }, (_, i) => `${i}\t${'x'.repeat(i % 90)}`);
const parts: readonly ArchivePart[] = [
  { kind: 'Table', name: 'many', rows: manyRows },
  { kind: 'Table', name: 'empty', rows: [] },
  // As COPY writes the values `\.`, backslash-n and the empty string.
  { kind: 'Table', name: 'odd', rows: ['\\\\.', '\\n', '', '\\\\.\\n'] },
  { kind: 'LargeObjects', objects: [Buffer.alloc(0), Buffer.from('a'), randomBytes(400_000)] },
];
const forms: readonly ArchiveForm[] = ([14, 15, 16] as const).flatMap((minorVersion) =>
  (['none', 'gzip', 'zstd'] as const)
    .filter((compression) => minorVersion > 14 || compression !== 'zstd')
    .map((compression) => ({ minorVersion, compression })),
);

describe.each(forms)('an archive of version 1.$minorVersion with $compression', (form) => {
  const archive = buildArchive(parts, form);

  test.each([61, 4096, 1 << 24])(
    'in chunks of %d bytes gives rows, objects and bytes',
    async (chunkBytes) => {
      const decoded = await decode(archive, chunkBytes);

      expect(rowsOf(decoded)).toEqual({ many: 20_000, empty: 0, odd: 4 });
      expect(decoded.largeObjects).toEqual({ count: 3, bytes: 400_001 });
      expect(decoded.bytes).toBe(archive.length);
      expect(decoded.header.compression).toBe(form.compression);
    },
  );

  test('comes byte by byte as well as whole; cut anywhere it is refused, and the fault says where', async () => {
    const small = buildArchive(
      [
        { kind: 'Table', name: 'a', rows: ['1', '2'] },
        { kind: 'LargeObjects', objects: [Buffer.from('lo')] },
        { kind: 'Table', name: 'b', rows: [] },
      ],
      form,
    );
    expect(rowsOf(await decode(small, 1))).toEqual({ a: 2, b: 0 });
    for (let length = 0; length < small.length; length += 1) {
      const fault = await decode(small.subarray(0, length)).catch((error: unknown) => error);
      expect(fault, `cut to ${length} of ${small.length}`).toBeInstanceOf(ArchiveDamaged);
      expect((fault as ArchiveDamaged).offset).toBeLessThanOrEqual(length);
    }
  });
});

const zstd: ArchiveForm = { minorVersion: 15, compression: 'zstd' };
const table = (name: string, rows: readonly string[]): ArchivePart & { kind: 'Table' } => ({
  kind: 'Table',
  name,
  rows,
});

describe('an archive is refused', () => {
  test.each([
    [
      'with a declared table that has no block',
      [{ ...table('a', ['1']), withoutBlock: true }],
      /without the data of TABLE DATA public\.a/,
    ],
    [
      'with one of two blocks missing',
      [table('a', []), { ...table('b', []), withoutBlock: true }],
      /public\.b/,
    ],
    [
      'with rows that lack their end marker',
      [{ ...table('a', ['1']), withoutMarker: true }],
      /end-of-data marker/,
    ],
    ['with a member that is empty', [{ ...table('a', []), withoutMarker: true }], /end-of-data marker/],
  ] as [string, ArchivePart[], RegExp][])('%s', async (_, damaged, message) => {
    await expect(decode(buildArchive(damaged, zstd))).rejects.toThrow(message);
    await expect(decode(buildArchive(damaged, { ...zstd, compression: 'none' }))).rejects.toThrow(message);
  });

  test('with a block that comes twice', async () => {
    const once = buildArchive([table('a', ['1'])], zstd);
    const block = once.subarray(once.lastIndexOf(Buffer.concat([Buffer.from([1]), int(1)])));
    await expect(decode(Buffer.concat([once, block]))).rejects.toThrow(/not declared or came before/);
  });

  test('with bytes after its end', async () => {
    const whole = buildArchive([table('a', ['1'])], zstd);
    await expect(decode(Buffer.concat([whole, Buffer.from('x')]))).rejects.toThrow(ArchiveDamaged);
    await expect(decode(Buffer.concat([whole, Buffer.alloc(64)]))).rejects.toThrow(ArchiveDamaged);
  });

  test('with a member that was zeroed', async () => {
    const whole = buildArchive([table('a', manyRows)], zstd);
    const zeroed = Buffer.from(whole);
    zeroed.fill(0, whole.length - 2000, whole.length - 100);
    await expect(decode(zeroed)).rejects.toThrow(ArchiveDamaged);
  });

  test.each([
    ['no archive at all', Buffer.from('-- PostgreSQL database dump\n'), 0],
    ['of a newer version', Buffer.concat([Buffer.from('PGDMP'), Buffer.from([1, 17, 0, 4, 8, 1])]), 5],
    ['in tar format', Buffer.concat([Buffer.from('PGDMP'), Buffer.from([1, 16, 0, 4, 8, 3])]), 10],
    ['with lz4', Buffer.concat([Buffer.from('PGDMP'), Buffer.from([1, 16, 0, 4, 8, 1, 2])]), 11],
  ])('%s', async (_, bytes, offset) => {
    await expect(decode(bytes)).rejects.toMatchObject({ name: 'ArchiveDamaged', offset });
  });
});

test('a table without rows differs from a table without data', async () => {
  const empty = await decode(buildArchive([table('a', [])], zstd));
  expect(rowsOf(empty)).toEqual({ a: 0 });
  await expect(decode(buildArchive([{ ...table('a', []), withoutBlock: true }], zstd))).rejects.toThrow(
    /without the data/,
  );
});

test('a flipped bit in the data of a compressed table is refused or changes nothing that counts', async () => {
  const whole = buildArchive([table('a', manyRows.slice(0, 2000))], zstd);
  const outcomes = { refused: 0, passed: 0 };
  for (let at = whole.length - 8000; at < whole.length; at += 37) {
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] ?? 0) ^ 0x10;
    const decoded = await decode(flipped).catch((error: unknown) => {
      if (error instanceof ArchiveDamaged) return undefined;
      throw error;
    });
    outcomes[decoded === undefined || rowsOf(decoded)['a'] !== 2000 ? 'refused' : 'passed'] += 1;
  }
  // A literal inside a value can flip unseen: that is what the digest is for.
  expect(outcomes.refused).toBeGreaterThan(outcomes.passed / 10);
});
