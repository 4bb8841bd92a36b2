import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { access, link, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { Failure } from '../domain/failure.ts';
import { temporaryNameOf } from './object-key.ts';
import type { ObjectInfo, PutOptions } from './store.ts';
import { ObjectExists } from './store.ts';
import { codeOf } from './volume-errors.ts';
import { makeFolder, pathOf, requireInside, syncFolder } from './volume-folder.ts';

const batchBytes = 1024 * 1024;
/** So much may lie in the page cache: keeps the last fsync short, and makes progress mean what it says. */
const syncEveryBytes = 64 * 1024 * 1024;
/** Codes by which file systems say that they know no hard links (FAT, SMB, some of FUSE). */
const noLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Writes a file under a temporary name in its own folder, makes its bytes last, then gives it its name. */
export async function writeFile(
  root: string,
  key: string,
  body: Readable | Uint8Array,
  options: PutOptions,
): Promise<ObjectInfo> {
  const target = pathOf(root, key);
  const { handle, path } = await openTemporary(root, dirname(target));
  try {
    let bytes: number;
    try {
      bytes = await copy(body, handle, options);
      await handle.sync();
      const { size } = await handle.stat();
      if (size !== bytes) throw new Failure('StoreFailed', `${target} has ${size} bytes of ${bytes} written`);
    } finally {
      await handle.close();
    }
    options.signal?.throwIfAborted();
    await publish(path, target, key, options.ifAbsent === true);
    await syncFolder(dirname(target));
    options.onProgress?.(bytes);
    return { key, bytes, modified: (await stat(target)).mtime };
  } catch (error) {
    await unlink(path).catch(() => undefined);
    throw error;
  }
}

const opens = 8;

/** The folder may vanish between its making and the opening, when the last file in it is deleted just then. */
async function openTemporary(root: string, folder: string): Promise<{ handle: FileHandle; path: string }> {
  const path = join(folder, temporaryNameOf(randomBytes(8).toString('hex')));
  for (let attempt = 1; ; attempt += 1) {
    try {
      await makeFolder(folder);
      await requireInside(root, folder);
      return { handle: await open(path, 'wx', 0o660), path };
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || attempt === opens) throw error;
    }
  }
}

async function copy(body: Readable | Uint8Array, handle: FileHandle, options: PutOptions): Promise<number> {
  const { signal, onProgress } = options;
  if (body instanceof Uint8Array) {
    await writeAll(handle, [body], body.length);
    return body.length;
  }
  let batch: Uint8Array[] = [];
  let batched = 0;
  let bytes = 0;
  let synced = 0;
  const onAbort = (): void => void body.destroy(signal?.reason as Error);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      batch.push(chunk);
      batched += chunk.length;
      if (batched < batchBytes) continue;
      await writeAll(handle, batch, batched);
      bytes += batched;
      [batch, batched] = [[], 0];
      if (bytes - synced < syncEveryBytes) continue;
      await handle.datasync();
      synced = bytes;
      onProgress?.(synced);
    }
    signal?.throwIfAborted();
    await writeAll(handle, batch, batched);
    return bytes + batched;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** A file system may take less than it was given, the last block before it is full for one. */
async function writeAll(handle: FileHandle, chunks: readonly Uint8Array[], bytes: number): Promise<void> {
  if (bytes === 0) return;
  const { bytesWritten } = await handle.writev([...chunks]);
  if (bytesWritten === bytes) return;
  const rest = Buffer.concat(chunks).subarray(bytesWritten);
  for (let written = 0; written < rest.length;) {
    const step = await handle.write(rest, written);
    if (step.bytesWritten === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
    written += step.bytesWritten;
  }
}

async function publish(path: string, target: string, key: string, ifAbsent: boolean): Promise<void> {
  if (!ifAbsent) return rename(path, target);
  try {
    await link(path, target);
    await unlink(path);
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (code === 'EEXIST') throw new ObjectExists(key);
    if (!noLinks.has(code)) throw error;
    if (await exists(target)) throw new ObjectExists(key);
    await rename(path, target);
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Whether a file can be given a name only if nobody has it. */
export async function canLink(root: string, folder: string): Promise<boolean> {
  const { handle, path } = await openTemporary(root, folder);
  await handle.close();
  const second = join(folder, temporaryNameOf(randomBytes(8).toString('hex')));
  try {
    await link(path, second);
    return await link(path, second).then(
      () => false,
      (error: unknown) => codeOf(error) === 'EEXIST',
    );
  } catch {
    return false;
  } finally {
    await Promise.all([path, second].map((file) => unlink(file).catch(() => undefined)));
  }
}
