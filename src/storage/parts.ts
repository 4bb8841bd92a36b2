/** Buffers of one size that are used again and again, so that a stream of any length takes the same memory. */
export class PartBuffers {
  readonly bytes: number;
  readonly #free: Buffer[] = [];
  readonly #waiting: ((buffer: Buffer) => void)[] = [];
  #unmade: number;

  constructor(bytes: number, count: number) {
    this.bytes = bytes;
    this.#unmade = count;
  }

  /** Resolves when a buffer is free; its contents are left over from before. */
  async acquire(): Promise<Buffer> {
    const buffer = this.#free.pop();
    if (buffer !== undefined) return buffer;
    if (this.#unmade > 0) {
      this.#unmade -= 1;
      return Buffer.allocUnsafeSlow(this.bytes);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(buffer: Buffer): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(buffer);
    else next(buffer);
  }
}

/** A piece of a stream. `buffer` goes back to the pool when `data`, a view of it, has been sent. */
export interface Part {
  readonly data: Buffer;
  readonly buffer: Buffer;
  readonly last: boolean;
}

/**
 * Cuts a stream into parts of `buffers.bytes` each; the last one is shorter or equal, and may be empty only when the
 * stream is. An error of the stream is thrown, so that a cut stream never looks like a whole one.
 */
export async function* splitIntoParts(
  source: AsyncIterable<Uint8Array>,
  buffers: PartBuffers,
): AsyncGenerator<Part, void, undefined> {
  let buffer = await buffers.acquire();
  let filled = 0;
  for await (const chunk of source) {
    let taken = 0;
    while (taken < chunk.length) {
      // A full part waits for the next byte, which tells that it is not the last.
      if (filled === buffer.length) {
        yield { data: buffer, buffer, last: false };
        buffer = await buffers.acquire();
        filled = 0;
      }
      const count = Math.min(buffer.length - filled, chunk.length - taken);
      buffer.set(count === chunk.length ? chunk : chunk.subarray(taken, taken + count), filled);
      filled += count;
      taken += count;
    }
  }
  yield { data: buffer.subarray(0, filled), buffer, last: true };
}
