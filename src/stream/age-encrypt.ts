import { randomBytes } from 'node:crypto';
import type { TransformCallback } from 'node:stream';
import { Transform } from 'node:stream';
import { Encrypter } from 'age-encryption';
import { chunkBytes, payloadKey, payloadNonceBytes, sealChunk, tagBytes } from './age-payload.ts';
import type { AgeRecipient } from './age-recipient.ts';

interface FileStart {
  /** Header with every recipient's stanza, and the payload nonce. */
  readonly head: Buffer;
  readonly key: Buffer;
}

/**
 * Encrypts a stream into an age v1 file that the stock `age -d` opens, for every recipient alike.
 * One pass; holds one chunk (64 KiB).
 */
export async function ageEncrypt(recipients: readonly AgeRecipient[]): Promise<Transform> {
  return new AgeEncrypt(await startFile(recipients));
}

/**
 * The header is age-encryption's; the payload is not, since node:crypto is ten times faster. A recipient of our
 * own learns the file key and adds no stanza. The package's empty payload and its nonce are dropped: the payload
 * key is derived again with a nonce of our own, so that no key and nonce are ever used twice.
 */
async function startFile(recipients: readonly AgeRecipient[]): Promise<FileStart> {
  if (recipients.length === 0) throw new Error('age encryption needs at least one recipient');
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  let fileKey = new Uint8Array();
  encrypter.addRecipient({
    wrapFileKey(key) {
      fileKey = Uint8Array.from(key);
      return [];
    },
  });
  const empty = await encrypter.encrypt(new Uint8Array());
  const header = empty.subarray(0, empty.length - payloadNonceBytes - tagBytes);
  const nonce = randomBytes(payloadNonceBytes);
  return { head: Buffer.concat([header, nonce]), key: payloadKey(fileKey, nonce) };
}

class AgeEncrypt extends Transform {
  readonly #key: Buffer;
  #out: Buffer[];
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #counter = 0;

  constructor(start: FileStart) {
    super({ readableHighWaterMark: 1 << 20, writableHighWaterMark: 1 << 18 });
    this.#key = start.key;
    this.#out = [start.head];
  }

  override _transform(data: Uint8Array, _encoding: BufferEncoding, done: TransformCallback): void {
    let rest = data;
    // A full chunk waits for the byte after it: only then is it known not to be the last.
    while (this.#pendingBytes + rest.length > chunkBytes) {
      const taken = chunkBytes - this.#pendingBytes;
      this.#pending.push(rest.subarray(0, taken));
      this.#seal(false);
      rest = rest.subarray(taken);
    }
    if (rest.length > 0) this.#pending.push(rest);
    this.#pendingBytes += rest.length;
    done(null, this.#flushOut());
  }

  override _flush(done: TransformCallback): void {
    this.#seal(true);
    done(null, this.#flushOut());
  }

  #seal(last: boolean): void {
    this.#out.push(...sealChunk(this.#key, this.#counter, last, this.#pending));
    this.#counter += 1;
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  #flushOut(): Buffer | undefined {
    if (this.#out.length === 0) return undefined;
    const joined = Buffer.concat(this.#out);
    this.#out = [];
    return joined;
  }
}
