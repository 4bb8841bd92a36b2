import { ArchiveCursor, Incomplete } from './cursor.ts';
import type { TocEntry } from './format.ts';
import { ArchiveDamaged, archiveVersions } from './format.ts';
import type { ParsedHeader } from './header.ts';

/** pg_backup_custom.c: where an entry's data lies. Written to a pipe it is always 1 or 3. */
const offsetStates = { notSet: 1, set: 2, noData: 3 } as const;

export interface TocProgress {
  readonly entries: readonly TocEntry[];
  /** Bytes that they took. */
  readonly length: number;
}

export interface TocWish {
  /** Entries at most. */
  readonly wanted: number;
  /** Keeps the SQL of the entries, which is passed over else. */
  readonly withDefinitions?: boolean;
}

/** Reads as many whole entries as `data` holds. */
export function parseEntries(data: Buffer, base: number, header: ParsedHeader, wish: TocWish): TocProgress {
  const entries: TocEntry[] = [];
  const cursor = new ArchiveCursor(data, base, header.intBytes);
  let whole = 0;
  try {
    while (entries.length < wish.wanted) {
      entries.push(parseEntry(cursor, header, wish));
      whole = cursor.position;
    }
  } catch (error) {
    if (!(error instanceof Incomplete)) throw error;
  }
  return { entries, length: whole };
}

function parseEntry(cursor: ArchiveCursor, header: ParsedHeader, wish: TocWish): TocEntry {
  const at = cursor.offset;
  const dumpId = cursor.int();
  if (dumpId <= 0) throw new ArchiveDamaged(at, `entry with dump id ${String(dumpId)}`);
  cursor.int(); // whether it had a dumper: the data state says the same
  cursor.skipString(); // oid of the catalogue
  const oid = Number(cursor.string() ?? '0');
  const tag = cursor.string() ?? '';
  const desc = cursor.string() ?? '';
  const section = cursor.int();
  const definition = wish.withDefinitions === true ? cursor.string() : passOver(cursor);
  cursor.skipString(); // DROP statement
  const hasCopyStatement = cursor.skipString();
  const home = parseHome(cursor, header);
  const dependencies = parseDependencies(cursor);
  const hasData = parseDataState(cursor, header.offsetBytes);
  return {
    dumpId,
    oid,
    tag,
    desc,
    section,
    ...home,
    dependencies,
    hasData,
    hasCopyStatement,
    ...(definition === undefined ? {} : { definition }),
  };
}

/** Where an object is, whose, and of which kind of table. */
function parseHome(
  cursor: ArchiveCursor,
  header: ParsedHeader,
): Pick<TocEntry, 'namespace' | 'owner' | 'tableAccessMethod' | 'relkind'> {
  const namespace = cursor.string();
  cursor.skipString(); // tablespace
  const tableAccessMethod = cursor.string();
  const relkind = header.versionNumber >= archiveVersions.relkind ? cursor.int() : 0;
  const owner = cursor.string();
  cursor.skipString(); // WITH OIDS, always false since 12
  return {
    ...(namespace ? { namespace } : {}),
    ...(owner ? { owner } : {}),
    ...(tableAccessMethod ? { tableAccessMethod } : {}),
    ...(relkind > 0 ? { relkind: String.fromCharCode(relkind) } : {}),
  };
}

function passOver(cursor: ArchiveCursor): undefined {
  cursor.skipString();
}

function parseDependencies(cursor: ArchiveCursor): number[] {
  const dependencies: number[] = [];
  for (let text = cursor.string(); text !== undefined; text = cursor.string())
    dependencies.push(Number(text));
  return dependencies;
}

function parseDataState(cursor: ArchiveCursor, offsetBytes: number): boolean {
  const at = cursor.offset;
  const state = cursor.byte();
  cursor.bytes(offsetBytes);
  if (state === offsetStates.noData) return false;
  if (state === offsetStates.notSet || state === offsetStates.set) return true;
  throw new ArchiveDamaged(at, `data state ${String(state)}`);
}
