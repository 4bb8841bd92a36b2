import { counted } from '../../domain/amounts.ts';
import type { CopyText } from './copy-text.ts';
import { Incomplete } from './cursor.ts';
import { DataBlocks } from './data-blocks.ts';
import type { ArchiveHeader, TocEntry } from './format.ts';
import { ArchiveDamaged } from './format.ts';
import type { ParsedHeader } from './header.ts';
import { parseHeader } from './header.ts';
import { parseEntries } from './toc.ts';

/** Data of one TABLE DATA entry. */
export interface DecodedTable {
  readonly dumpId: number;
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
  readonly rows: number;
  /** Of COPY text, uncompressed. */
  readonly bytes: number;
}

/** What a whole archive holds; every byte of it was decompressed. */
export interface DecodedArchive {
  readonly header: ArchiveHeader;
  readonly entries: readonly TocEntry[];
  readonly tables: readonly DecodedTable[];
  readonly largeObjects: { readonly count: number; readonly bytes: number };
  /** Of the archive itself. */
  readonly bytes: number;
}

/**
 * Decodes a custom-format archive as it streams by, without pg_restore and in bounded memory (the table of contents
 * apart): counts rows per table and large objects, and refuses what is damaged, cut or not all there, with
 * `ArchiveDamaged`. `pg_restore --list` does not: it reads the table of contents alone.
 */
export class ArchiveDecoder {
  #pending: Buffer = Buffer.alloc(0);
  #header: ParsedHeader | undefined;
  readonly #entries: TocEntry[] = [];
  #blocks: DataBlocks | undefined;
  /** Of the first byte of `pending`. */
  #offset = 0;

  /** Await it before the next call. */
  async write(data: Buffer): Promise<void> {
    if (this.#blocks !== undefined) return await this.#blocks.write(data);
    this.#pending = this.#pending.length === 0 ? data : Buffer.concat([this.#pending, data]);
    this.#header ??= this.#takeHeader();
    if (this.#header !== undefined) await this.#takeEntries(this.#header);
  }

  async finish(): Promise<DecodedArchive> {
    const end = this.#offset + this.#pending.length;
    if (this.#header === undefined) throw new ArchiveDamaged(end, 'the archive ends inside its header');
    if (this.#blocks === undefined) {
      const missing = this.#header.entryCount - this.#entries.length;
      throw new ArchiveDamaged(
        end,
        `the archive ends ${counted(missing, 'entry', 'entries')} before its contents do`,
      );
    }
    const data = await this.#blocks.finish();
    const tables = this.#entries.flatMap((entry) => {
      const text = data.tables.get(entry.dumpId);
      return text === undefined ? [] : [decodedTable(entry, text)];
    });
    return {
      header: this.#header.header,
      entries: this.#entries,
      tables,
      largeObjects: data.largeObjects,
      bytes: data.offset,
    };
  }

  #takeHeader(): ParsedHeader | undefined {
    try {
      const header = parseHeader(this.#pending);
      this.#consume(header.length);
      return header;
    } catch (error) {
      if (error instanceof Incomplete) return undefined;
      throw error;
    }
  }

  async #takeEntries(header: ParsedHeader): Promise<void> {
    const wanted = header.entryCount - this.#entries.length;
    const progress = parseEntries(this.#pending, this.#offset, header, { wanted });
    for (const entry of progress.entries) this.#entries.push(entry);
    this.#consume(progress.length);
    if (this.#entries.length < header.entryCount) return;
    this.#blocks = new DataBlocks(this.#entries, header.header.compression, this.#offset);
    const rest = this.#pending;
    this.#pending = Buffer.alloc(0);
    this.#offset = 0;
    await this.#blocks.write(rest);
  }

  #consume(bytes: number): void {
    this.#pending = this.#pending.subarray(bytes);
    this.#offset += bytes;
  }
}

function decodedTable(entry: TocEntry, text: CopyText): DecodedTable {
  return {
    dumpId: entry.dumpId,
    oid: entry.oid,
    namespace: entry.namespace ?? '',
    name: entry.tag,
    rows: text.rows,
    bytes: text.bytes,
  };
}

/** Decodes an archive from a source. */
export async function decodeArchive(source: AsyncIterable<Buffer>): Promise<DecodedArchive> {
  const decoder = new ArchiveDecoder();
  for await (const chunk of source) await decoder.write(chunk);
  return await decoder.finish();
}
