import { showEntry } from '../../postgres/quote.ts';
import type { TocEntry } from '../../stream/pg-archive/format.ts';

/**
 * Tables whose rows are in the dump and whose definitions come with an extension, by name. Their foreign keys are there
 * before the rows, and a dump does not say which table has to be loaded first: pg_restore keeps an order only when it
 * works alone. One table by itself can be loaded at any time.
 */
export function tablesOfExtensions(contents: readonly TocEntry[]): readonly string[] {
  const defined = new Set(contents.filter(({ desc }) => desc === 'TABLE').map(showEntry));
  const loaded = contents.filter(({ desc }) => desc === 'TABLE DATA').map(showEntry);
  return loaded.filter((name) => !defined.has(name));
}
