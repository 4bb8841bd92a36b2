import { deflateSync, zstdCompressSync } from 'node:zlib';

/** A table or a group of large objects for `buildArchive`. */
export type ArchivePart =
  | {
      readonly kind: 'Table';
      readonly name: string;
      readonly rows: readonly string[];
      /** Leave the data block out although the contents declare it. */
      readonly withoutBlock?: boolean;
      /** Leave the end-of-data marker out. */
      readonly withoutMarker?: boolean;
    }
  | { readonly kind: 'LargeObjects'; readonly objects: readonly Buffer[] };

export interface ArchiveForm {
  readonly minorVersion: 14 | 15 | 16;
  readonly compression: 'none' | 'gzip' | 'zstd';
  /** Size of the pieces that a member is cut into. */
  readonly pieceBytes?: number;
}

/** Writes a custom-format archive byte by byte, as pg_dump does to a pipe. Dump ids count from 1. */
export function buildArchive(parts: readonly ArchivePart[], form: ArchiveForm): Buffer {
  return Buffer.concat([
    header(form),
    int(parts.length),
    ...parts.map((part, index) => entry(part, index + 1, form)),
    ...parts.map((part, index) => block(part, index + 1, form)),
  ]);
}

export function int(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = value < 0 ? 1 : 0;
  bytes.writeUInt32LE(Math.abs(value), 1);
  return bytes;
}

function text(value: string | undefined): Buffer {
  return value === undefined ? int(-1) : Buffer.concat([int(Buffer.byteLength(value)), Buffer.from(value)]);
}

function header({ minorVersion, compression }: ArchiveForm): Buffer {
  const algorithm = { none: 0, gzip: 1, zstd: 3 }[compression];
  const compressed = minorVersion >= 15 ? Buffer.from([algorithm]) : int(compression === 'none' ? 0 : -1);
  const time = [0, 0, 12, 20, 10, 126, 0].map(int);
  return Buffer.concat([
    Buffer.from('PGDMP'),
    Buffer.from([1, minorVersion, 0, 4, 8, 1]),
    compressed,
    ...time,
    ...['shop', '16.9', '16.9'].map(text),
  ]);
}

function entry(part: ArchivePart, dumpId: number, { minorVersion }: ArchiveForm): Buffer {
  const table = part.kind === 'Table';
  return Buffer.concat([
    int(dumpId),
    int(1),
    text('0'),
    text(String(16_384 + dumpId)),
    text(table ? part.name : 'BLOBS'),
    text(table ? 'TABLE DATA' : 'BLOBS'),
    int(3),
    text(''),
    text(''),
    text(table ? `COPY public.${part.name} (v) FROM stdin;\n` : undefined),
    text(table ? 'public' : undefined),
    text(''),
    text(''),
    ...(minorVersion >= 16 ? [int(table ? 'r'.charCodeAt(0) : 0)] : []),
    text('owner'),
    text('false'),
    text('7'),
    text(undefined),
    Buffer.from([1]),
    Buffer.alloc(8),
  ]);
}

function block(part: ArchivePart, dumpId: number, form: ArchiveForm): Buffer {
  if (part.kind === 'Table') {
    if (part.withoutBlock === true) return Buffer.alloc(0);
    const rows = part.rows.map((row) => `${row}\n`).join('');
    const copyText = Buffer.from(part.withoutMarker === true ? rows : `${rows}\\.\n\n\n`);
    return Buffer.concat([Buffer.from([1]), int(dumpId), member(copyText, form)]);
  }
  const objects = part.objects.flatMap((object, index) => [int(50_000 + index), member(object, form)]);
  return Buffer.concat([Buffer.from([3]), int(dumpId), ...objects, int(0)]);
}

function member(plain: Buffer, { compression, pieceBytes = 4096 }: ArchiveForm): Buffer {
  const compress = { none: (b: Buffer) => b, gzip: deflateSync, zstd: zstdCompressSync }[compression];
  const bytes = compress(plain);
  const pieces: Buffer[] = [];
  for (let from = 0; from < bytes.length; from += pieceBytes) {
    const piece = bytes.subarray(from, from + pieceBytes);
    pieces.push(int(piece.length), piece);
  }
  return Buffer.concat([...pieces, int(0)]);
}
