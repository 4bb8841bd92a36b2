import type { TocEntry } from '../../stream/pg-archive/format.ts';
import type { Session } from '../session.ts';

export interface LargeObjectComparison {
  readonly found: number;
  /** For a person, each naming the large object. */
  readonly differences: readonly string[];
}

/** Compares the large objects and their owners with those that the dump names. */
export async function compareLargeObjects(
  session: Session,
  contents: readonly TocEntry[],
): Promise<LargeObjectComparison> {
  const rows = await session.query<{ oid: number; owner: string }>(
    'SELECT oid, pg_get_userbyid(lomowner)::text AS owner FROM pg_largeobject_metadata ORDER BY oid',
  );
  const owners = new Map(rows.map(({ oid, owner }) => [oid, owner] as const));
  const differences: string[] = [];
  for (const [oid, owner] of namedObjects(contents)) {
    const found = owners.get(oid);
    owners.delete(oid);
    if (found === undefined) differences.push(`large object ${String(oid)} is missing`);
    else if (owner !== undefined && found !== owner)
      differences.push(`large object ${String(oid)}: owner ${found} instead of ${owner}`);
  }
  for (const oid of owners.keys())
    differences.push(`large object ${String(oid)} should not be there: the backup does not hold it`);
  return { found: rows.length, differences };
}

/** Until 16 each has an entry of its own; from 17 on an entry lists many, each on a line. */
function* namedObjects(contents: readonly TocEntry[]): Generator<readonly [number, string | undefined]> {
  for (const { desc, tag, owner, definition = '' } of contents) {
    if (desc === 'BLOB') yield [Number(tag), owner];
    if (desc === 'BLOB METADATA')
      for (const oid of definition.match(/\d+/g) ?? []) yield [Number(oid), owner];
  }
}
