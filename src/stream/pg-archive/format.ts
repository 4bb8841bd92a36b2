/**
 * pg_dump's custom archive format, as pg_backup_archiver.c and pg_backup_custom.c of PostgreSQL 12 to 18 write it:
 *
 *   "PGDMP" major minor revision | int size | offset size | format | compression | time (7 ints)
 *   | database | server version | pg_dump version | number of entries | entries…
 *   | block…            until the end of the file; nothing marks the end
 *
 *   block BLK_DATA   1, dump id, member
 *   block BLK_BLOBS  3, dump id, (oid, member)…, oid 0
 *   member           (length, bytes)…, length 0; the bytes are one compressed stream
 *
 *   int              sign byte, then `int size` bytes, least significant first
 *   string           int length (-1: null), then the bytes
 */
export const archiveMagic = 'PGDMP';
export const customFormat = 1;
export const blockTypes = { data: 1, largeObjects: 3 } as const;

/** `(major << 8) | minor`. */
export const archiveVersions = {
  oldest: 0x010e,
  /** Compression is one byte that names the algorithm; before, an int with gzip's level. PostgreSQL 16. */
  compressionAlgorithm: 0x010f,
  /** Entries carry relkind, and large objects come in several entries. PostgreSQL 17. */
  relkind: 0x0110,
  newest: 0x0110,
} as const;

export type ArchiveCompression = 'none' | 'gzip' | 'zstd';

export interface ArchiveHeader {
  /** Like `1.14`. */
  readonly version: string;
  readonly compression: ArchiveCompression;
  readonly database: string;
  readonly serverVersion: string;
  readonly dumpVersion: string;
}

/** What of a table of contents entry matters for counting. */
export interface TocEntry {
  readonly dumpId: number;
  readonly oid: number;
  /** Name; for functions with argument types. */
  readonly tag: string;
  /** Kind, as `pg_restore --list` prints it: TABLE, TABLE DATA, BLOBS, … */
  readonly desc: string;
  readonly section: number;
  readonly namespace?: string;
  readonly owner?: string;
  readonly tableAccessMethod?: string;
  /** pg_class.relkind; from version 1.16. */
  readonly relkind?: string;
  readonly dependencies: readonly number[];
  /** A data block with this dump id follows. */
  readonly hasData: boolean;
  readonly hasCopyStatement: boolean;
  /** SQL that makes it, where statements were asked for. */
  readonly definition?: string;
}

/** The archive is not whole: where, and what is wrong there. */
export class ArchiveDamaged extends Error {
  override readonly name = 'ArchiveDamaged';
  /** Bytes from the archive's beginning. */
  readonly offset: number;
  constructor(offset: number, what: string) {
    super(`byte ${String(offset)}: ${what}`);
    this.offset = offset;
  }
}
