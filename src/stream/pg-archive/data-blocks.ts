import type { MemberSink } from './copy-text.ts';
import { CopyText } from './copy-text.ts';
import type { ArchiveCompression, TocEntry } from './format.ts';
import { ArchiveDamaged, blockTypes } from './format.ts';
import type { Member } from './member.ts';
import { createMember } from './member.ts';

/** An int on the wire: sign byte and four bytes. */
const intBytes = 5;

export interface DecodedData {
  /** By dump id. */
  readonly tables: ReadonlyMap<number, CopyText>;
  readonly largeObjects: { readonly count: number; readonly bytes: number };
  /** Bytes of the archive up to its end. */
  readonly offset: number;
}

type Expecting = 'Block' | 'LargeObject' | 'Length' | 'Bytes';

/** The part of the archive after its contents: a state machine over the bytes as they come. */
export class DataBlocks {
  readonly #compression: ArchiveCompression;
  /** Declared in the contents and not seen yet, by dump id. */
  readonly #missing: Map<number, TocEntry>;
  readonly #tables = new Map<number, CopyText>();
  #largeObjects = 0;
  #largeObjectBytes = 0;
  #expecting: Expecting = 'Block';
  #entry: TocEntry | undefined;
  #text: CopyText | undefined;
  #member: Member | undefined;
  #sink: MemberSink | undefined;
  /** Bytes of the current piece of a member that are still to come. */
  #left = 0;
  /** Beginning of a value that was cut by the end of a chunk; shorter than an int and a byte. */
  #carry: Buffer | undefined;
  /** Of the byte at `position`. */
  #base: number;

  constructor(entries: readonly TocEntry[], compression: ArchiveCompression, offset: number) {
    this.#compression = compression;
    this.#missing = new Map(
      entries.filter((entry) => entry.hasData).map((entry) => [entry.dumpId, entry] as const),
    );
    this.#base = offset;
  }

  async write(chunk: Buffer): Promise<void> {
    const data = this.#carry === undefined ? chunk : Buffer.concat([this.#carry, chunk]);
    this.#carry = undefined;
    let position = 0;
    for (;;) {
      if (this.#expecting === 'Bytes') {
        const taken = Math.min(this.#left, data.length - position);
        if (taken === 0) break;
        const done = this.#takeBytes(data.subarray(position, position + taken), position);
        if (done !== undefined) await done.catch((error: unknown) => this.#undecodable(error, position));
        position += taken;
        continue;
      }
      const needed = this.#expecting === 'Block' ? intBytes + 1 : intBytes;
      if (data.length - position < needed) break;
      const done = this.#takeValue(data, position);
      if (done !== undefined) await done;
      position += needed;
    }
    if (position < data.length) this.#carry = data.subarray(position);
    this.#base += position;
  }

  async finish(): Promise<DecodedData> {
    const end = this.#base + (this.#carry?.length ?? 0);
    if (this.#expecting !== 'Block' || this.#carry !== undefined)
      throw new ArchiveDamaged(end, `the archive ends inside the data of ${describe(this.#entry)}`);
    const [first] = this.#missing.values();
    if (first !== undefined) {
      const others = this.#missing.size - 1;
      const more = others === 0 ? '' : ` and ${String(others)} more`;
      throw new ArchiveDamaged(end, `the archive ends without the data of ${describe(first)}${more}`);
    }
    return {
      tables: this.#tables,
      largeObjects: { count: this.#largeObjects, bytes: this.#largeObjectBytes },
      offset: end,
    };
  }

  #takeBytes(bytes: Buffer, position: number): Promise<void> | undefined {
    this.#left -= bytes.length;
    if (this.#left === 0) this.#expecting = 'Length';
    try {
      return this.#member?.write(bytes);
    } catch (error) {
      return this.#undecodable(error, position);
    }
  }

  /** Reads what is expected at `position`, where enough bytes are. */
  #takeValue(data: Buffer, position: number): Promise<void> | undefined {
    switch (this.#expecting) {
      case 'Block':
        this.#beginBlock(data[position] ?? 0, this.#int(data, position + 1), position);
        return undefined;
      case 'LargeObject':
        this.#beginLargeObject(this.#int(data, position));
        return undefined;
      case 'Length':
      case 'Bytes': {
        const length = this.#int(data, position);
        if (length < 0) throw this.#damage(position, `a piece of ${String(length)} bytes`);
        if (length === 0) return this.#endMember(position);
        this.#left = length;
        this.#expecting = 'Bytes';
        return undefined;
      }
    }
  }

  #beginBlock(type: number, dumpId: number, position: number): void {
    const entry = this.#missing.get(dumpId);
    if (entry === undefined)
      throw this.#damage(
        position,
        `data for dump id ${String(dumpId)}, which is not declared or came before`,
      );
    this.#missing.delete(dumpId);
    this.#entry = entry;
    if (type === blockTypes.largeObjects && entry.desc === 'BLOBS') {
      this.#expecting = 'LargeObject';
      return;
    }
    if (type !== blockTypes.data || entry.desc !== 'TABLE DATA' || !entry.hasCopyStatement)
      throw this.#damage(position, `block of type ${String(type)} for ${describe(entry)}`);
    this.#text = new CopyText();
    this.#tables.set(dumpId, this.#text);
    this.#beginMember(this.#text);
  }

  #beginLargeObject(oid: number): void {
    if (oid === 0) {
      this.#expecting = 'Block';
      return;
    }
    this.#largeObjects += 1;
    this.#beginMember({
      write: (bytes) => {
        this.#largeObjectBytes += bytes.length;
      },
      fault: () => undefined,
    });
  }

  #beginMember(sink: MemberSink): void {
    this.#sink = sink;
    this.#member = createMember(this.#compression, sink);
    this.#expecting = 'Length';
  }

  #endMember(position: number): Promise<void> | undefined {
    const ended = (): void => {
      const fault = this.#sink?.fault();
      if (fault !== undefined) throw this.#damage(position, `${describe(this.#entry)}: ${fault}`);
      this.#expecting = this.#entry?.desc === 'BLOBS' ? 'LargeObject' : 'Block';
    };
    try {
      const finished = this.#member?.finish();
      if (finished !== undefined)
        return finished.catch((error: unknown) => this.#undecodable(error, position)).then(ended);
    } catch (error) {
      return this.#undecodable(error, position);
    }
    ended();
    return undefined;
  }

  #int(data: Buffer, position: number): number {
    const sign = data[position] ?? 0;
    if (sign > 1) throw this.#damage(position, `sign byte ${String(sign)}`);
    const value = data.readUInt32LE(position + 1);
    return sign === 1 ? -value : value;
  }

  #damage(position: number, what: string): ArchiveDamaged {
    return new ArchiveDamaged(this.#base + position, what);
  }

  #undecodable(error: unknown, position: number): Promise<never> {
    const why = error instanceof Error ? error.message : String(error);
    return Promise.reject(this.#damage(position, `${describe(this.#entry)} cannot be decompressed: ${why}`));
  }
}

function describe(entry: TocEntry | undefined): string {
  if (entry === undefined) return 'its contents';
  const name = entry.namespace === undefined ? entry.tag : `${entry.namespace}.${entry.tag}`;
  return `${entry.desc} ${name}`;
}
