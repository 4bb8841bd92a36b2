import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildArchive } from '../../test/builders/pg-archive.ts';
import { manifest } from '../../test/builders/manifest.ts';
import type { ManifestObject } from '../domain/manifest.ts';
import type { Store } from '../storage/store.ts';
import { VolumeStore } from '../storage/volume.ts';
import { digestOf } from '../stream/digest.ts';
import { createMeter } from '../stream/meter.ts';
import { readBack } from './read-back.ts';
import type { ObjectToStore, StoreObjectContext } from './store-object.ts';
import { storeObject } from './store-object.ts';

let folder: string;
let store: Store;
let context: StoreObjectContext;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgcairn-store-object-'));
  store = new VolumeStore({ claimName: 'claim' }, folder);
  context = { store, meter: createMeter(() => 0), signal: new AbortController().signal, recipients: [] };
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const archive = buildArchive([{ kind: 'Table', name: 't', rows: ['1', '2', '3'] }], {
  minorVersion: 15,
  compression: 'none',
});
const object = (source: Readable, more: Partial<ObjectToStore> = {}): ObjectToStore => ({
  key: 'run/shop.dump',
  source,
  expectedBytes: 1000,
  decode: true,
  wrapInZstd: false,
  ...more,
});

async function files(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe('an object', () => {
  test('is stored as it came, with digests and what was decoded on the way', async () => {
    const stored = await storeObject(context, object(Readable.from([archive])));

    expect(stored.decoded?.tables).toMatchObject([{ name: 't', rows: 3 }]);
    expect(stored.plain).toEqual(digestOf(archive));
    expect(stored.stored).toEqual(stored.plain);
    expect((await buffer((await store.get('run/shop.dump'))!)).equals(archive)).toBe(true);
    expect(context.meter.read()).toMatchObject({ bytes: archive.length, objects: 1 });
  });

  test('that is wrapped in zstd has the digest of the wrapped bytes', async () => {
    const stored = await storeObject(context, object(Readable.from([archive]), { wrapInZstd: true }));
    const lying = await buffer((await store.get('run/shop.dump'))!);

    expect(zstdDecompressSync(lying).equals(archive)).toBe(true);
    expect(stored.plain).toEqual(digestOf(lying));
    expect(stored.decoded?.tables).toHaveLength(1);
  });
});

describe('nothing is stored, and the first fault is what is thrown,', () => {
  test('when the source fails after some bytes', async () => {
    const fault = new Error('pg_dump ended with exit code 1');
    const source = Readable.from(
      (async function* () {
        yield archive.subarray(0, 100);
        await Promise.resolve();
        throw fault;
      })(),
    );
    await expect(storeObject(context, object(source))).rejects.toBe(fault);
    expect(await files()).toEqual([]);
  });

  test('when the archive ends too early', async () => {
    const source = Readable.from([archive.subarray(0, archive.length - 9)]);
    await expect(storeObject(context, object(source))).rejects.toMatchObject({ name: 'ArchiveDamaged' });
    expect(await files()).toEqual([]);
  });

  test('when the store fails', async () => {
    const fault = new Error('no room');
    const failing: Store = Object.create(store, { put: { value: () => Promise.reject(fault) } }) as Store;
    const source = Readable.from([archive]);
    await expect(storeObject({ ...context, store: failing }, object(source))).rejects.toBe(fault);
    expect(source.destroyed).toBe(true);
  });

  test('when the store lets go of the stream before it says why', async () => {
    const fault = new Error('no room');
    const put: Store['put'] = async (_key, body) => {
      for await (const chunk of body as Readable) if (chunk instanceof Buffer) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw fault;
    };
    const failing: Store = Object.create(store, { put: { value: put } }) as Store;
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(1 << 16);
      })(),
    );
    const storing = storeObject({ ...context, store: failing }, object(endless, { decode: false }));
    await expect(storing).rejects.toBe(fault);
    expect(endless.destroyed).toBe(true);
  });

  test('when it is asked to stop while the source hangs', async () => {
    const stop = new AbortController();
    const reason = new Error('stop');
    const source = new Readable({ read: () => undefined });
    source.push(archive.subarray(0, 50));
    const storing = storeObject({ ...context, signal: stop.signal }, object(source));
    setTimeout(() => stop.abort(reason), 20);
    await expect(storing).rejects.toBe(reason);
    expect(await files()).toEqual([]);
    expect(source.destroyed).toBe(true);
  });
});

describe('reading back', () => {
  const described = (bytes: Buffer): ManifestObject => ({
    ...manifest().objects[0]!,
    path: 'shop.dump',
    stored: digestOf(bytes),
  });

  test('passes when every byte is there', async () => {
    await store.put('run/shop.dump', archive);
    await expect(readBack(context, 'run/', [described(archive)])).resolves.toBeUndefined();
  });

  test.each([
    ['one bit differs', (): Buffer => Buffer.concat([archive.subarray(0, -1), Buffer.from([1])])],
    ['the end is missing', (): Buffer => archive.subarray(0, -1)],
  ])('fails when %s', async (_, lying) => {
    await store.put('run/shop.dump', lying());
    await expect(readBack(context, 'run/', [described(archive)])).rejects.toMatchObject({
      reason: 'StoredBytesDiffer',
    });
  });

  test('fails when the object is gone', async () => {
    await expect(readBack(context, 'run/', [described(archive)])).rejects.toMatchObject({
      reason: 'StoredBytesDiffer',
    });
  });
});
