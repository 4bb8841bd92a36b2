import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { buildArchive } from '../../test/builders/pg-archive.ts';
import type { Inventory } from '../domain/inventory.ts';
import { decodeArchive } from '../stream/pg-archive/decoder.ts';
import { verifyInventory } from './verify-inventory.ts';

const archive = await decodeArchive(
  Readable.from([
    buildArchive(
      [
        { kind: 'Table', name: 't', rows: ['1', '2', '3'] },
        { kind: 'LargeObjects', objects: [Buffer.from('x')] },
      ],
      { minorVersion: 16, compression: 'zstd' },
    ),
  ]),
);
const inventory = (rows: number, largeObjects = 1): Inventory =>
  ({
    database: 'shop',
    tables: [{ schema: 'public', name: 't', rows }],
    objects: { 'TABLE DATA': 1 },
    largeObjects,
  }) as unknown as Inventory;

test('a dump that holds what was counted passes', () => {
  expect(() => verifyInventory(inventory(3), archive)).not.toThrow();
});

test.each([
  ['a row too few', inventory(4), 'rows of public.t: 4 in the snapshot, 3 in the dump'],
  ['a large object too many', inventory(3, 0), 'large objects: 0 in the snapshot, 1 in the dump'],
])('a dump with %s fails by name', (_, counted, words) => {
  expect(() => verifyInventory(counted, archive)).toThrow(
    expect.objectContaining({ reason: 'InventoryDiffers', message: expect.stringContaining(words) }),
  );
});
