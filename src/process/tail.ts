import type { Readable } from 'node:stream';

/** Keeps the last `limitBytes` of a stream of text. */
export interface Tail {
  text(): string;
}

/** Reads `source` to its end, so that the writer never blocks, and keeps its tail. */
export function keepTail(source: Readable, limitBytes: number): Tail {
  let chunks: Buffer[] = [];
  let bytes = 0;
  source.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > 2 * limitBytes) {
      chunks = [Buffer.concat(chunks).subarray(-limitBytes)];
      bytes = limitBytes;
    }
  });
  return { text: () => Buffer.concat(chunks).subarray(-limitBytes).toString('utf8') };
}
