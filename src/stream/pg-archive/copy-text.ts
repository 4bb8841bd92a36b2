/** `\.` and the two empty lines that pg_dump puts after the rows of a table. */
const endMarker = Buffer.from('\\.\n\n\n');
const markerLines = 3;
const newline = 0x0a;
/** Below this, a view on four bytes at a time costs more than it saves. */
const wordsWorthwhile = 192;

/** Takes the plain bytes of one member. */
export interface MemberSink {
  write(bytes: Uint8Array): void;
  /** Undefined: sound. Otherwise what is wrong with the member's end. */
  fault(): string | undefined;
}

/**
 * Counts the rows of one table's COPY text: a newline inside a value is escaped, so rows are newlines, less the end
 * marker's. Whether the marker stands at the end is checked, and with it that the text is whole.
 */
export class CopyText implements MemberSink {
  #newlines = 0;
  #bytes = 0;
  /** The last bytes seen: the marker, and the newline before it. */
  readonly #tail = new Uint8Array(endMarker.length + 1);

  write(bytes: Uint8Array): void {
    this.#newlines += countNewlines(bytes);
    this.#bytes += bytes.length;
    const tail = this.#tail;
    const kept = Math.min(bytes.length, tail.length);
    if (kept < tail.length) tail.copyWithin(0, kept);
    for (let i = kept; i > 0; i -= 1) tail[tail.length - i] = bytes[bytes.length - i] ?? 0;
  }

  fault(): string | undefined {
    const ended = endMarker.every((byte, i) => this.#tail[i + 1] === byte);
    const lineBefore = this.#bytes === endMarker.length || this.#tail[0] === newline;
    return this.#bytes >= endMarker.length && ended && lineBefore
      ? undefined
      : 'the rows do not end with the end-of-data marker';
  }

  get rows(): number {
    return this.#newlines - markerLines;
  }

  get bytes(): number {
    return this.#bytes;
  }
}

/** Newlines in `bytes`, four bytes at a time: a byte of `word ^ 0x0a0a0a0a` is zero exactly where a newline is. */
export function countNewlines(bytes: Uint8Array): number {
  const length = bytes.length;
  if (length < wordsWorthwhile) return countBytewise(bytes, 0, length);
  const misaligned = bytes.byteOffset & 3;
  const start = misaligned === 0 ? 0 : 4 - misaligned;
  const words = (length - start) >>> 2;
  const view = new Int32Array(bytes.buffer, bytes.byteOffset + start, words);
  let count = 0;
  for (let i = 0; i < words; i += 1) {
    const x = (view[i] ?? 0) ^ 0x0a0a0a0a;
    const nonZero = ((x & 0x7f7f7f7f) + 0x7f7f7f7f) | x;
    count += Math.imul((~nonZero & 0x80808080) >>> 7, 0x01010101) >>> 24;
  }
  return count + countBytewise(bytes, 0, start) + countBytewise(bytes, start + words * 4, length);
}

function countBytewise(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i += 1) if (bytes[i] === newline) count += 1;
  return count;
}
