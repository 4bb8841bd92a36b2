import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { S3Store } from '../../src/storage/s3.ts';
import type { Store } from '../../src/storage/store.ts';
import { VolumeStore } from '../../src/storage/volume.ts';
import { bytesOf, inChunks, keysOf, pattern } from '../contract/store.ts';
import type { S3Server } from './servers/s3-server.ts';
import { startS3Server } from './servers/s3-server.ts';
import type { SmallVolume } from './servers/small-volume.ts';
import { mountSmallVolume } from './servers/small-volume.ts';

const MiB = 1024 * 1024;
const root = process.getuid?.() === 0;
const never = new Date(8.64e15);

describe.skipIf(!root)('a store without room (only root can mount a small file system)', () => {
  let small: SmallVolume | undefined;
  let server: S3Server | undefined;
  beforeEach(async () => {
    small = await mountSmallVolume(24);
  });
  afterEach(async () => {
    await server?.stop();
    server = undefined;
    await small?.stop();
  });

  const volume = (): VolumeStore => new VolumeStore({ claimName: 'backups', path: 'p' }, small?.path ?? '');
  const s3 = async (): Promise<S3Store> => {
    server = await startS3Server({ folder: small?.path ?? '', flags: [] });
    await server.makeBucket('backups');
    return new S3Store(server.spec('backups', { partSizeBytes: 5 * MiB }), server.access, { attempts: 2 });
  };

  it.each<[string, () => Store | Promise<Store>]>([
    ['volume', volume],
    ['S3', s3],
  ])('says so, keeps what it has, and goes on when there is room again: %s', async (_label, open) => {
    const store = await open();
    await store.put('kept', Buffer.from('before'));
    await expect(store.put('run/large', inChunks(pattern(40 * MiB), 65_536))).rejects.toMatchObject({
      reason: 'StoreFull',
      message: expect.stringMatching(/room/) as unknown,
    });
    expect(await keysOf(store, '')).toEqual(['kept']);
    expect((await bytesOf(await store.get('kept')))?.toString()).toBe('before');
    expect(await store.sweep('', never)).toEqual({ uploads: 0, bytes: 0 });
    expect((await store.put('run/smaller', pattern(8 * MiB))).bytes).toBe(8 * MiB);
  });

  it('tells a volume that is mounted for reading only, and still reads from it', async () => {
    const store = volume();
    await store.put('kept', Buffer.from('before'));
    await small?.remount('ro');
    const fault = {
      reason: 'StoreReadOnly',
      message: expect.stringContaining('volume backups is mounted read-only') as unknown,
    };
    await expect(store.put('new', Buffer.from('x'))).rejects.toMatchObject(fault);
    await expect(store.put('deep/new', inChunks(pattern(1000), 10))).rejects.toMatchObject(fault);
    await expect(store.delete('kept')).rejects.toMatchObject(fault);
    expect((await bytesOf(await store.get('kept')))?.toString()).toBe('before');
    await small?.remount('rw');
    expect(await readdir(`${small?.path}/p`)).toEqual(['kept']);
  });
});
