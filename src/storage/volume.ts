import { constants } from 'node:fs';
import { lstat, open, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { VolumeSpec } from '../api/v1alpha1/backup-repository.ts';
import { Failure } from '../domain/failure.ts';
import { checkKey, folderPrefix } from './object-key.ts';
import type {
  DeleteOptions,
  GetOptions,
  ObjectInfo,
  PutOptions,
  Store,
  StoreCapabilities,
  SweepResult,
} from './store.ts';
import { ObjectExists } from './store.ts';
import { codeOf, volumeFault } from './volume-errors.ts';
import { pathOf, removeEmptyFolders, requireInside, syncFolder } from './volume-folder.ts';
import { walk } from './volume-list.ts';
import { canLink, writeFile } from './volume-write.ts';

const readBytes = 1024 * 1024;

/** A folder on a mounted claim. One file per object; a file that is still being written has a name of its own. */
export class VolumeStore implements Store {
  readonly location: string;
  readonly #claim: string;
  readonly #mount: string;
  readonly #root: string;

  /** `mount` is where the claim is mounted; it must be there, `spec.path` below it is made. */
  constructor(spec: VolumeSpec, mount: string) {
    const folder = folderPrefix(spec.path).replace(/\/$/, '');
    this.#claim = spec.claimName;
    this.#mount = mount;
    this.#root = folder === '' ? mount : join(mount, folder);
    this.location = `volume ${spec.claimName}/${folder}`;
  }

  put(key: string, body: Readable | Uint8Array, options: PutOptions = {}): Promise<ObjectInfo> {
    return this.#attempt(`writing ${key}`, async () => {
      try {
        checkKey(key);
        options.signal?.throwIfAborted();
        // Without it the missing folder would be made where the claim should be, and filled.
        await this.#requireMount();
        if (options.ifAbsent === true && (await this.#info(key)) !== undefined) throw new ObjectExists(key);
        return await writeFile(this.#root, key, body, options);
      } catch (error) {
        if (body instanceof Readable) body.on('error', () => undefined).destroy();
        throw error;
      }
    });
  }

  get(key: string, options: GetOptions = {}): Promise<Readable | undefined> {
    return this.#attempt(`reading ${key}`, async () => {
      const path = await this.#pathInside(key);
      if (path === undefined) return undefined;
      const { start = 0, end = Infinity, signal } = options;
      if (end < start) return Readable.from([], { objectMode: false });
      const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      const stream = handle.createReadStream({ start, end, highWaterMark: readBytes });
      const body = Readable.from(this.#bytesOf(stream, key, signal), { objectMode: false });
      // A body that is given up before its first byte would leave the file open.
      return body.once('close', () => stream.destroy());
    });
  }

  async *#bytesOf(
    stream: Readable,
    key: string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        signal?.throwIfAborted();
        yield chunk;
      }
    } catch (error) {
      throw volumeFault(error, this.#claim, `reading ${key}`);
    }
  }

  head(key: string): Promise<ObjectInfo | undefined> {
    return this.#attempt(`reading ${key}`, () => this.#info(key));
  }

  async #info(key: string): Promise<ObjectInfo | undefined> {
    const path = await this.#pathInside(key);
    if (path === undefined) return undefined;
    const { size, mtime } = await lstat(path);
    return { key, bytes: size, modified: mtime };
  }

  /** The path of an object that is there; undefined when it is not, or when it is no plain file. */
  async #pathInside(key: string): Promise<string | undefined> {
    checkKey(key);
    const path = pathOf(this.#root, key);
    try {
      const found = await lstat(path);
      if (!found.isFile()) return undefined;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') throw error;
      await this.#requireMount();
      return undefined;
    }
    await requireInside(this.#root, dirname(path));
    return path;
  }

  async #requireMount(): Promise<void> {
    const found = await stat(this.#mount).catch(() => undefined);
    if (found?.isDirectory() !== true)
      throw new Failure('VolumeUnavailable', `volume ${this.#claim} is not mounted at ${this.#mount}`);
  }

  async *list(prefix: string): AsyncGenerator<ObjectInfo, void, undefined> {
    try {
      await this.#requireMount();
      for await (const { key, bytes, modified, temporary } of walk(this.#root, prefix))
        if (!temporary) yield { key, bytes, modified };
    } catch (error) {
      throw volumeFault(error, this.#claim, `reading the list of ${prefix}`);
    }
  }

  delete(key: string, _options: DeleteOptions = {}): Promise<void> {
    return this.#attempt(`deleting ${key}`, async () => {
      const path = await this.#pathInside(key);
      if (path === undefined) return;
      try {
        await unlink(path);
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error;
      }
      await syncFolder(dirname(path)).catch(() => undefined);
      await removeEmptyFolders(this.#root, dirname(path));
    });
  }

  sweep(prefix: string, before: Date): Promise<SweepResult> {
    return this.#attempt(`sweeping ${prefix}`, async () => {
      let uploads = 0;
      let bytes = 0;
      for await (const file of walk(this.#root, prefix)) {
        if (!file.temporary || file.modified >= before) continue;
        await unlink(file.path);
        await removeEmptyFolders(this.#root, dirname(file.path));
        uploads += 1;
        bytes += file.bytes;
      }
      return { uploads, bytes };
    });
  }

  capabilities(prefix: string): Promise<StoreCapabilities> {
    return this.#attempt(`trying ${prefix}`, async () => {
      await this.#requireMount();
      const folder = dirname(pathOf(this.#root, `${prefix}x`));
      const conditionalWrite = await canLink(this.#root, folder);
      await removeEmptyFolders(this.#root, folder);
      return { multipart: true, conditionalWrite, versioning: false, objectLock: false };
    });
  }

  async close(): Promise<void> {
    return Promise.resolve();
  }

  async #attempt<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw volumeFault(error, this.#claim, doing);
    }
  }
}
