import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VolumeStore } from './volume.ts';

let work: string;
let mount: string;
let store: VolumeStore;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'pgcairn-volume-'));
  mount = join(work, 'mount');
  await mkdir(mount);
  store = new VolumeStore({ claimName: 'backups', path: 'a/b' }, mount);
});
afterEach(() => rm(work, { recursive: true }));

describe('a volume', () => {
  it('is not written to where nothing is mounted', async () => {
    await rm(mount, { recursive: true });
    for (const use of [store.put('key', Buffer.from('x')), store.get('key'), store.head('key')])
      await expect(use).rejects.toMatchObject({
        reason: 'VolumeUnavailable',
        message: expect.stringContaining('volume backups is not mounted') as unknown,
      });
    expect(await readdir(work)).toEqual([]);
  });

  it('keeps each object as a file of its key', async () => {
    await store.put('shop/app/object', Buffer.from('bytes'));
    expect(await readFile(join(mount, 'a/b/shop/app/object'), 'utf8')).toBe('bytes');
    expect(store.location).toBe('volume backups/a/b');
  });

  it('shows no file under its name before it is whole', async () => {
    const seen: string[][] = [];
    async function* source(): AsyncGenerator<Buffer> {
      for (let at = 0; at < 3; at += 1) {
        yield Buffer.alloc(2 * 1024 * 1024);
        seen.push(await readdir(join(mount, 'a/b/run')));
      }
    }
    await store.put('run/object', Readable.from(source()));
    for (const names of seen)
      expect(names).toEqual([expect.stringMatching(/^\.pgcairn-[0-9a-f]{16}\.part$/)]);
    expect(await readdir(join(mount, 'a/b/run'))).toEqual(['object']);
  });

  it('closes the file of a body that nobody reads', async () => {
    await store.put('object', Buffer.from('bytes'));
    const body = await store.get('object');
    await new Promise((resolve) => body?.once('close', resolve).destroy());
    const open = await Promise.all(
      (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
    );
    expect(open.filter((path) => path.startsWith(mount))).toEqual([]);
  });

  it('removes the folders that a delete leaves empty, but not its own', async () => {
    await store.put('x/y/one', Buffer.from('1'));
    await store.put('x/two', Buffer.from('2'));
    await store.delete('x/y/one');
    expect(await readdir(join(mount, 'a/b/x'))).toEqual(['two']);
    await store.delete('x/two');
    expect(await readdir(join(mount, 'a/b'))).toEqual([]);
  });

  it('lets writers and deleters of one folder work at a time', async () => {
    const keys = Array.from({ length: 40 }, (_, index) => `busy/${index % 4}/${index}`);
    await Promise.all(
      keys.map(async (key) => {
        await store.put(key, Buffer.from(key));
        await store.delete(key);
      }),
    );
    expect(await readdir(join(mount, 'a/b'))).toEqual([]);
  });

  it('follows no link out of the volume', async () => {
    await writeFile(join(work, 'outside'), 'foreign');
    await mkdir(join(mount, 'a/b'), { recursive: true });
    await symlink(work, join(mount, 'a/b/out'));
    await symlink(join(work, 'outside'), join(mount, 'a/b/link'));
    await expect(store.put('out/new', Buffer.from('x'))).rejects.toThrow(/leads out of the volume/);
    await expect(store.get('out/outside')).rejects.toThrow(/leads out of the volume/);
    await expect(store.delete('out/outside')).rejects.toThrow(/leads out of the volume/);
    expect(await store.get('link')).toBeUndefined();
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    expect(keys).toEqual([]);
    expect((await readdir(work)).toSorted()).toEqual(['mount', 'outside']);
  });

  it('tells a file that stands where a folder must be', async () => {
    await store.put('taken', Buffer.from('x'));
    await expect(store.put('taken/below', Buffer.from('x'))).rejects.toMatchObject({ reason: 'StoreFailed' });
    await store.put('folder/below', Buffer.from('x'));
    await expect(store.put('folder', Buffer.from('x'))).rejects.toMatchObject({ reason: 'StoreFailed' });
    expect(await readdir(join(mount, 'a/b'))).toEqual(['folder', 'taken']);
  });

  it.skipIf(process.getuid?.() === 0)('tells a folder that it may not write to (not as root)', async () => {
    await chmod(mount, 0o500);
    await expect(store.put('key', Buffer.from('x'))).rejects.toMatchObject({ reason: 'StoreReadOnly' });
  });
});
