import { ArchiveDamaged } from './format.ts';

/** More bytes must come before this can be read. Thrown, since reads nest deeply. */
export class Incomplete extends Error {
  override readonly name = 'Incomplete';
}
const incomplete = new Incomplete('more bytes are needed');

/** Longest string believed: a function body of a gigabyte is damage. */
const stringLimit = 1 << 30;

/** Reads the archive's primitive values from bytes that may end too early (`Incomplete`). */
export class ArchiveCursor {
  readonly #data: Buffer;
  /** Of the first byte of `data` in the archive. */
  readonly #base: number;
  readonly #intBytes: number;
  position = 0;

  constructor(data: Buffer, base: number, intBytes: number) {
    this.#data = data;
    this.#base = base;
    this.#intBytes = intBytes;
  }

  get offset(): number {
    return this.#base + this.position;
  }

  byte(): number {
    const value = this.#data[this.position];
    if (value === undefined) throw incomplete;
    this.position += 1;
    return value;
  }

  int(): number {
    const sign = this.byte();
    if (sign > 1) throw new ArchiveDamaged(this.offset - 1, `sign byte ${String(sign)}`);
    this.#need(this.#intBytes);
    const value = this.#data.readUIntLE(this.position, this.#intBytes);
    this.position += this.#intBytes;
    return sign === 1 ? -value : value;
  }

  bytes(count: number): Buffer {
    this.#need(count);
    this.position += count;
    return this.#data.subarray(this.position - count, this.position);
  }

  /** Undefined is the archive's null. */
  string(): string | undefined {
    return this.#stringBytes()?.toString('utf8');
  }

  /** Passes over a string; false is null. */
  skipString(): boolean {
    return this.#stringBytes() !== undefined;
  }

  #stringBytes(): Buffer | undefined {
    const at = this.offset;
    const length = this.int();
    if (length === -1) return undefined;
    if (length < 0 || length > stringLimit) throw new ArchiveDamaged(at, `string of ${String(length)} bytes`);
    return this.bytes(length);
  }

  #need(count: number): void {
    if (this.position + count > this.#data.length) throw incomplete;
  }
}
