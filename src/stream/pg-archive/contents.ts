import { Incomplete } from './cursor.ts';
import type { TocEntry } from './format.ts';
import { ArchiveDamaged } from './format.ts';
import type { ParsedHeader } from './header.ts';
import { parseHeader } from './header.ts';
import { parseEntries } from './toc.ts';

/**
 * Reads an archive's table of contents, and no further. `withDefinitions` keeps the SQL of the entries. Throws
 * `ArchiveDamaged` where it is not whole.
 */
export async function readContents(
  source: AsyncIterable<Buffer>,
  { withDefinitions = false }: { readonly withDefinitions?: boolean } = {},
): Promise<TocEntry[]> {
  let pending: Buffer = Buffer.alloc(0);
  let offset = 0;
  let header: ParsedHeader | undefined;
  const entries: TocEntry[] = [];
  const consume = (bytes: number): void => {
    pending = pending.subarray(bytes);
    offset += bytes;
  };
  for await (const chunk of source) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    if (header === undefined) {
      header = headerOf(pending);
      if (header === undefined) continue;
      consume(header.length);
    }
    const wanted = header.entryCount - entries.length;
    const progress = parseEntries(pending, offset, header, { wanted, withDefinitions });
    for (const entry of progress.entries) entries.push(entry);
    consume(progress.length);
    if (entries.length >= header.entryCount) return entries;
  }
  throw new ArchiveDamaged(offset, 'the archive ends inside its table of contents');
}

function headerOf(data: Buffer): ParsedHeader | undefined {
  try {
    return parseHeader(data);
  } catch (error) {
    if (error instanceof Incomplete) return undefined;
    throw error;
  }
}
