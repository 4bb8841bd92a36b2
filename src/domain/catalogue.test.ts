import { describe, expect, test } from 'vitest';
import { catalogueRun, folderOf, manifest } from '../../test/builders/manifest.ts';
import { groupByRun, manifestFault, nextInSequence } from './catalogue.ts';

const shop = { namespace: 'shop', name: 'shop' };

describe('a listing', () => {
  test('is grouped by run, newest first, with what lies in each', () => {
    const folders = groupByRun(shop, [
      { key: 'shop/shop/20261119T010000Z-aaaa/shop.dump.age', bytes: 10 },
      { key: 'shop/shop/20261119T010000Z-aaaa/manifest.json', bytes: 2 },
      { key: 'shop/shop/20261120T010000Z-bbbb/attempt-2/shop.dump.age', bytes: 7 },
    ]);
    expect(folders).toMatchObject([
      { runId: '20261120T010000Z-bbbb', hasManifest: false, bytes: 7 },
      { runId: '20261119T010000Z-aaaa', hasManifest: true, bytes: 12 },
    ]);
  });

  test.each([
    'README.md',
    'shop/shop/OWNER.json',
    'shop/shop/notes/readme.txt',
    'shop/shop2/20261119T010000Z-aaaa/manifest.json',
    'other/shop/20261119T010000Z-aaaa/manifest.json',
    'shop/shop/20261119T010000Z-aaaa',
    'shop/shop/20261119T010000Z_aaaa/manifest.json',
  ])('leaves out %s, which is of no run', (key) => {
    expect(groupByRun(shop, [{ key, bytes: 1 }])).toEqual([]);
  });

  test('takes a manifest in a folder of an attempt for an object', () => {
    const [folder] = groupByRun(shop, [
      { key: 'shop/shop/20261119T010000Z-a/attempt-2/manifest.json', bytes: 1 },
    ]);
    expect(folder?.hasManifest).toBe(false);
  });
});

describe('a manifest', () => {
  const run = manifest();
  const folder = folderOf(run);

  test('that agrees with its folder has no fault', () => {
    expect(manifestFault(shop, folder, run)).toBeUndefined();
  });

  test.each([
    ['of another run', { ...run, runId: '20261101T010000Z-cccc' }, folder, /run 20261101T010000Z-cccc/],
    ['of another backup', { ...run, backup: { ...run.backup, name: 'other' } }, folder, /shop\/other/],
    [
      'whose object is gone',
      run,
      { ...folder, objects: folder.objects.slice(1) },
      /shop\.dump\.age is missing/,
    ],
    [
      'whose object has another size',
      run,
      { ...folder, objects: folder.objects.map((object) => ({ ...object, bytes: object.bytes - 1 })) },
      /999 bytes, not 1000/,
    ],
  ])('%s has a fault that says so', (_, candidate, lying, message) => {
    expect(manifestFault(shop, lying, candidate)).toMatch(message);
  });
});

describe('the next number', () => {
  test('is 1 in an empty catalogue, with nothing before', () => {
    expect(nextInSequence({ runs: [], invalid: [], incomplete: [] })).toEqual({ sequence: 1 });
  });

  test('follows the highest there is, also where runs in the middle were removed', () => {
    const runs = [manifest({ sequence: 9, runId: '20261120T010000Z-b' }), manifest({ sequence: 4 })].map(
      catalogueRun,
    );
    expect(nextInSequence({ runs, invalid: [], incomplete: [] })).toEqual({
      sequence: 10,
      previous: { runId: '20261120T010000Z-b', digest: runs[0]!.manifestDigest },
    });
  });

  test('is not one that an invalid run has used, unless that is absurd', () => {
    const run = catalogueRun(manifest({ sequence: 4 }));
    const invalid = [5, 2 ** 53 - 1].map((sequence) => ({ folder: run.folder, fault: 'f', sequence }));
    expect(nextInSequence({ runs: [run], invalid, incomplete: [] })).toEqual({
      sequence: 6,
      previous: { runId: run.manifest.runId, digest: run.manifestDigest },
    });
    expect(nextInSequence({ runs: [], invalid, incomplete: [] })).toEqual({ sequence: 6 });
  });
});
