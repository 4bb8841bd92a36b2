import type { Inflate, ZlibOptions, ZstdDecompress, ZstdOptions } from 'node:zlib';
import { createInflate, createZstdDecompress, inflateSync, zstdDecompressSync } from 'node:zlib';
import type { MemberSink } from './copy-text.ts';
import type { ArchiveCompression } from './format.ts';

/** One member on its way through the decompressor into its sink. */
export interface Member {
  write(bytes: Buffer): Promise<void> | undefined;
  /** Throws an Error that says what is wrong with the compressed stream. */
  finish(): Promise<void> | undefined;
}

/** Up to here a member is kept and decompressed in one call: a stream costs more than a small large object. */
const oneCallBytes = 256 * 1024;
const outputBytes = 1 << 18;
const noFault = 'the compressed stream goes on after its end';

export function createMember(compression: ArchiveCompression, sink: MemberSink): Member {
  if (compression !== 'none') return new CompressedMember(compression, sink);
  return {
    write(bytes) {
      sink.write(bytes);
      return undefined;
    },
    finish: () => undefined,
  };
}

class CompressedMember implements Member {
  readonly #compression: 'gzip' | 'zstd';
  readonly #sink: MemberSink;
  #kept: Buffer[] = [];
  #bytes = 0;
  #stream: DecompressStream | undefined;

  constructor(compression: 'gzip' | 'zstd', sink: MemberSink) {
    this.#compression = compression;
    this.#sink = sink;
  }

  write(bytes: Buffer): Promise<void> | undefined {
    this.#bytes += bytes.length;
    if (this.#stream !== undefined) return this.#stream.write(bytes);
    this.#kept.push(bytes);
    if (this.#bytes <= oneCallBytes) return undefined;
    const joined = Buffer.concat(this.#kept);
    this.#kept = [];
    this.#stream = new DecompressStream(this.#compression, this.#sink);
    return this.#stream.write(joined);
  }

  finish(): Promise<void> | undefined {
    if (this.#stream !== undefined) return this.#stream.finish(this.#bytes);
    this.#decompressAtOnce();
    return undefined;
  }

  #decompressAtOnce(): void {
    const options = { info: true } as ZlibOptions & ZstdOptions;
    const decompress = this.#compression === 'zstd' ? zstdDecompressSync : inflateSync;
    const result = decompress(Buffer.concat(this.#kept), options) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    if (result.engine.bytesWritten !== this.#bytes) throw new Error(noFault);
    this.#sink.write(result.buffer);
  }
}

/** A zlib stream whose output is drained at once, so that a write ends when its bytes have been counted. */
class DecompressStream {
  readonly #stream: Inflate | ZstdDecompress;
  readonly #ended: Promise<void>;

  constructor(compression: 'gzip' | 'zstd', sink: MemberSink) {
    const options = { chunkSize: outputBytes };
    const stream = compression === 'zstd' ? createZstdDecompress(options) : createInflate(options);
    this.#stream = stream;
    stream.on('data', (plain: Buffer) => sink.write(plain));
    this.#ended = new Promise((resolve, reject) => {
      stream.once('end', resolve);
      stream.once('error', reject);
    });
    // Every write and finish waits for it too; this one only keeps an early error from being unhandled.
    this.#ended.catch(() => undefined);
  }

  async write(bytes: Buffer): Promise<void> {
    const written = new Promise<void>((resolve) => this.#stream.write(bytes, () => resolve()));
    await Promise.race([written, this.#ended]);
  }

  async finish(bytes: number): Promise<void> {
    this.#stream.end();
    await this.#ended;
    if (this.#stream.bytesWritten !== bytes) throw new Error(noFault);
  }
}
