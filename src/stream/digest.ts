import type { Hash } from 'node:crypto';
import { createHash } from 'node:crypto';
import type { TransformCallback } from 'node:stream';
import { Transform } from 'node:stream';

/** `sha256:` and 64 hexadecimal digits, with the number of bytes that it covers. */
export interface Digest {
  readonly bytes: number;
  readonly digest: string;
}

/** Counts and hashes what it is shown. */
export interface Digester {
  update(data: Uint8Array): void;
  /** Once, at the end. */
  finish(): Digest;
}

export function createDigester(): Digester {
  const hash: Hash = createHash('sha256');
  let bytes = 0;
  return {
    update(data) {
      hash.update(data);
      bytes += data.length;
    },
    finish: () => ({ bytes, digest: `sha256:${hash.digest('hex')}` }),
  };
}

export function digestOf(data: Uint8Array): Digest {
  const digester = createDigester();
  digester.update(data);
  return digester.finish();
}

/** Reads a stream to its end. */
export async function digestStream(
  source: AsyncIterable<Uint8Array>,
  onBytes?: (bytes: number) => void,
): Promise<Digest> {
  const digester = createDigester();
  for await (const chunk of source) {
    digester.update(chunk);
    onBytes?.(chunk.length);
  }
  return digester.finish();
}

/** Passes bytes on unchanged and shows them to a digester. */
export function digestThrough(digester: Pick<Digester, 'update'>): Transform {
  return new Transform({
    readableHighWaterMark: 1 << 20,
    transform(chunk: Uint8Array, _encoding: BufferEncoding, done: TransformCallback) {
      digester.update(chunk);
      done(null, chunk);
    },
  });
}
