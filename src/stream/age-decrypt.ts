import type { KeyObject } from 'node:crypto';
import { createSecretKey } from 'node:crypto';
import type { TransformCallback } from 'node:stream';
import { Transform } from 'node:stream';
import { Decrypter } from 'age-encryption';
import { chunkBytes, openChunk, payloadKey, payloadNonceBytes, tagBytes } from './age-payload.ts';

/** The file is not one that these identities open, or it was changed or cut. No plaintext after the fault is out. */
export class AgeUndecryptable extends Error {
  override readonly name = 'AgeUndecryptable';
  /** The file is for others: nothing says that it was damaged. */
  readonly noIdentityFits: boolean;
  constructor(
    message: string,
    { noIdentityFits = false, ...options }: ErrorOptions & { noIdentityFits?: boolean } = {},
  ) {
    super(message, options);
    this.noIdentityFits = noIdentityFits;
  }
}

/** The words of the library when none of the identities is meant. */
const noMatch = /^no identity matched/;

const sealedChunkBytes = chunkBytes + tagBytes;
const macLine = Buffer.from('\n--- ');
const newline = 0x0a;
/** Generous: an X25519 stanza takes 100 bytes, a hybrid one 1,600. */
const headerLimit = 1 << 20;

/**
 * Decrypts an age v1 file with identities (`AGE-SECRET-KEY-1…`). Chunks are released as they authenticate, so a
 * truncated file gives plaintext before it gives the error: compare the stored digest first, or write aside.
 */
export function ageDecrypt(identities: readonly string[]): Transform {
  return new AgeDecrypt(identities);
}

class AgeDecrypt extends Transform {
  readonly #identities: readonly string[];
  #key: KeyObject | undefined;
  /** The header until it is whole; then the beginning of a chunk. */
  #pending: Buffer = Buffer.alloc(0);
  #counter = 0;

  constructor(identities: readonly string[]) {
    super({ readableHighWaterMark: 1 << 20, writableHighWaterMark: 1 << 18 });
    this.#identities = identities;
  }

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#key === undefined) {
      this.#begin(data).then(
        () => done(),
        (error: unknown) => done(error as Error),
      );
      return;
    }
    try {
      this.#openChunks(this.#key, data);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    try {
      if (this.#key === undefined) throw new AgeUndecryptable('this is no age file');
      this.#open(this.#key, this.#pending, true);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  }

  async #begin(data: Buffer): Promise<void> {
    this.#pending = Buffer.concat([this.#pending, data]);
    this.#key = await this.#readHead();
    if (this.#key === undefined) {
      if (this.#pending.length > headerLimit) throw new AgeUndecryptable('this is no age file');
      return;
    }
    const rest = this.#pending;
    this.#pending = Buffer.alloc(0);
    this.#openChunks(this.#key, rest);
  }

  /** Only what lies across two pieces is copied. A full chunk waits for the byte after it, since it may be the last. */
  #openChunks(key: KeyObject, data: Buffer): void {
    let rest = data;
    if (this.#pending.length > 0) {
      const wanted = sealedChunkBytes - this.#pending.length;
      const joined = Buffer.concat([this.#pending, rest.subarray(0, wanted)]);
      rest = rest.subarray(wanted);
      this.#pending = joined;
      if (rest.length === 0) return;
      this.#open(key, joined, false);
    }
    while (rest.length > sealedChunkBytes) {
      this.#open(key, rest.subarray(0, sealedChunkBytes), false);
      rest = rest.subarray(sealedChunkBytes);
    }
    this.#pending = rest;
  }

  #open(key: KeyObject, chunk: Buffer, last: boolean): void {
    const emptyAfterOthers = chunk.length === tagBytes && this.#counter > 0;
    const plain =
      chunk.length < tagBytes || emptyAfterOthers ? undefined : openChunk(key, this.#counter, last, chunk);
    if (plain === undefined)
      throw new AgeUndecryptable(`chunk ${String(this.#counter)} does not authenticate: changed or cut`);
    this.#counter += 1;
    if (plain.length > 0) this.push(plain);
  }

  async #readHead(): Promise<KeyObject | undefined> {
    const mac = this.#pending.indexOf(macLine);
    const end = mac < 0 ? -1 : this.#pending.indexOf(newline, mac + macLine.length);
    if (end < 0 || this.#pending.length < end + 1 + payloadNonceBytes) return undefined;
    const decrypter = new Decrypter();
    for (const identity of this.#identities) decrypter.addIdentity(identity);
    const fileKey = await decrypter
      .decryptHeader(Uint8Array.from(this.#pending.subarray(0, end + 1)))
      .catch((error: unknown) => {
        const { message } = error as Error;
        throw new AgeUndecryptable(`no identity opens this file: ${message}`, {
          noIdentityFits: noMatch.test(message),
          cause: error,
        });
      });
    const nonce = this.#pending.subarray(end + 1, end + 1 + payloadNonceBytes);
    const key = createSecretKey(payloadKey(fileKey, nonce));
    this.#pending = this.#pending.subarray(end + 1 + payloadNonceBytes);
    return key;
  }
}
