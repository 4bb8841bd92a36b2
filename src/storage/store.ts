import type { Readable } from 'node:stream';

export interface ObjectInfo {
  /** Relative to the repository's prefix, '/' between parts, never leading. */
  readonly key: string;
  readonly bytes: number;
  readonly modified: Date;
}

export interface PutOptions {
  /** Expected size in bytes, an upper guess; decides the part size. */
  readonly expectedBytes?: number;
  /** Size of the parts where the store takes parts, instead of the one chosen from `expectedBytes`. */
  readonly partBytes?: number;
  /** Fail with `ObjectExists` when the key exists, where the store can do so atomically. */
  readonly ifAbsent?: boolean;
  /** `false`: without the retention that the repository asks for; for objects that are not backups. Default true. */
  readonly retain?: boolean;
  /** Called with bytes acknowledged by the store so far. */
  readonly onProgress?: (bytes: number) => void;
  /** Aborted while the store takes an object in one request, the object may be there all the same, whole. */
  readonly signal?: AbortSignal;
}

export interface GetOptions {
  readonly signal?: AbortSignal;
  /** First byte, counted from 0. Beyond the end: no bytes. */
  readonly start?: number;
  /** Last byte, itself included. */
  readonly end?: number;
}

export interface DeleteOptions {
  /**
   * Also what a store with versions keeps of the key, as far as the permissions and locks allow. Default false:
   * such a store then hides the object, and its own rules decide when the bytes go.
   */
  readonly everyVersion?: boolean;
}

/** A store said that the key exists already (PutOptions.ifAbsent). */
export class ObjectExists extends Error {
  override readonly name = 'ObjectExists';
  readonly key: string;
  constructor(key: string) {
    super(`${key} exists already`);
    this.key = key;
  }
}

export interface StoreCapabilities {
  readonly multipart: boolean;
  readonly conditionalWrite: boolean;
  readonly versioning: boolean;
  readonly objectLock: boolean;
}

/** What sweep() found of uploads that nobody finished. */
export interface SweepResult {
  readonly uploads: number;
  readonly bytes: number;
}

/**
 * A place for objects. Every implementation passes the same contract suite against the real thing.
 * Errors are `Failure` with a store reason; no key is ever visible with part of its bytes.
 */
export interface Store {
  /** For people: `s3://bucket/prefix at https://…` or `volume claim/path`. No secret. */
  readonly location: string;
  /**
   * Writes one object in bounded memory. On error or abort nothing of it stays visible, its parts are removed, and a
   * stream given as body is destroyed. Aborted: rejects with the reason of the signal.
   */
  put(key: string, body: Readable | Uint8Array, options?: PutOptions): Promise<ObjectInfo>;
  /** The bytes of one object; `Failure` ObjectMissing is signalled as undefined. */
  get(key: string, options?: GetOptions): Promise<Readable | undefined>;
  head(key: string): Promise<ObjectInfo | undefined>;
  /** Every object whose key begins with `prefix`, in key order. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** Absent counts as deleted. A locked object is a `Failure` StoreAccessDenied naming the date. */
  delete(key: string, options?: DeleteOptions): Promise<void>;
  /** Removes unfinished uploads under `prefix` begun before `before`. */
  sweep(prefix: string, before: Date): Promise<SweepResult>;
  /** Finds out by trying, under `prefix`, and cleans up after itself. */
  capabilities(prefix: string): Promise<StoreCapabilities>;
  close(): Promise<void>;
}
