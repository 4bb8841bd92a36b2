import { ArchiveCursor } from './cursor.ts';
import type { ArchiveCompression, ArchiveHeader } from './format.ts';
import { ArchiveDamaged, archiveMagic, archiveVersions, customFormat } from './format.ts';

export interface ParsedHeader {
  readonly header: ArchiveHeader;
  readonly versionNumber: number;
  readonly intBytes: number;
  readonly offsetBytes: number;
  readonly entryCount: number;
  /** Bytes that it took. */
  readonly length: number;
}

const prefixBytes = archiveMagic.length + 6;

/** Reads all up to the first entry. Throws `Incomplete` or `ArchiveDamaged`. */
export function parseHeader(data: Buffer): ParsedHeader {
  const { versionNumber, intBytes, offsetBytes } = parsePrefix(
    new ArchiveCursor(data, 0, 4).bytes(prefixBytes),
  );
  const cursor = new ArchiveCursor(data, 0, intBytes);
  cursor.position = prefixBytes;
  const compression = readCompression(cursor, versionNumber);
  for (let part = 0; part < 7; part += 1) cursor.int();
  const header: ArchiveHeader = {
    version: versionText(versionNumber),
    compression,
    database: cursor.string() ?? '',
    serverVersion: cursor.string() ?? '',
    dumpVersion: cursor.string() ?? '',
  };
  const entryCount = cursor.int();
  if (entryCount < 0) throw new ArchiveDamaged(cursor.offset, `${String(entryCount)} entries`);
  return { header, versionNumber, intBytes, offsetBytes, entryCount, length: cursor.position };
}

function parsePrefix(prefix: Buffer): Pick<ParsedHeader, 'versionNumber' | 'intBytes' | 'offsetBytes'> {
  if (prefix.toString('latin1', 0, archiveMagic.length) !== archiveMagic)
    throw new ArchiveDamaged(0, 'this is no pg_dump archive');
  const [major = 0, minor = 0, , intBytes = 0, offsetBytes = 0, format] = prefix.subarray(
    archiveMagic.length,
  );
  const versionNumber = (major << 8) | minor;
  if (versionNumber < archiveVersions.oldest || versionNumber > archiveVersions.newest)
    throw new ArchiveDamaged(5, `archive version ${versionText(versionNumber)} is not known`);
  if (intBytes !== 4 || offsetBytes !== 8)
    throw new ArchiveDamaged(
      8,
      `integers of ${String(intBytes)} and offsets of ${String(offsetBytes)} bytes`,
    );
  if (format !== customFormat) throw new ArchiveDamaged(10, `format ${String(format)} is not custom`);
  return { versionNumber, intBytes, offsetBytes };
}

function versionText(versionNumber: number): string {
  return `${String(versionNumber >> 8)}.${String(versionNumber & 0xff)}`;
}

function readCompression(cursor: ArchiveCursor, version: number): ArchiveCompression {
  const at = cursor.offset;
  if (version < archiveVersions.compressionAlgorithm) return cursor.int() === 0 ? 'none' : 'gzip';
  const algorithm = cursor.byte();
  if (algorithm === 0) return 'none';
  if (algorithm === 1) return 'gzip';
  if (algorithm === 3) return 'zstd';
  throw new ArchiveDamaged(at, `compression algorithm ${String(algorithm)} is not known here`);
}
