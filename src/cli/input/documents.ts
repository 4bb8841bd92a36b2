import type { Document, Node } from 'yaml';
import { isMap, LineCounter, parseAllDocuments } from 'yaml';
import { UsageError } from '../usage-error.ts';
import type { TextFile } from './read-files.ts';

type Path = readonly PropertyKey[];

/** One object of a file, as it stands there. */
export interface GivenDocument {
  readonly value: unknown;
  /** For messages: `drill.yaml, document 2, line 14`; `path` leads to the field that is meant. */
  readonly where: (path?: Path) => string;
}

/** Every document of a file; a List of objects gives each of its items. Empty documents are left out. */
export function readDocuments(file: TextFile): GivenDocument[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(file.text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
  });
  return documents.flatMap((document, index) => {
    const place = documents.length > 1 ? `${file.name}, document ${String(index + 1)}` : file.name;
    const [error] = document.errors;
    if (error !== undefined) {
      // Never the library's own excerpt: the line may hold a Secret.
      const { line } = lines.linePos(error.pos[0]);
      throw new UsageError(`${place}, line ${String(line)}: this is not YAML: ${firstLine(error.message)}`);
    }
    const where = (base: Path) => (path?: Path) =>
      placeOf(place, document, lines, [...base, ...(path ?? [])]);
    return itemsOf(valueOf(document, place)).map(({ value, path }) => ({ value, where: where(path) }));
  });
}

function valueOf(document: Document, place: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new UsageError(`${place}: this is not YAML: ${firstLine((error as Error).message)}`);
  }
}

interface Item {
  readonly value: unknown;
  readonly path: Path;
}

function itemsOf(value: unknown): Item[] {
  if (value === null || value === undefined) return [];
  const { kind, items } = value as { readonly kind?: unknown; readonly items?: unknown };
  if (kind !== 'List' || !Array.isArray(items)) return [{ value, path: [] }];
  return items.map((item: unknown, index) => ({ value: item, path: ['items', index] }));
}

/** Up to the deepest part of the path that the file has. */
function placeOf(place: string, document: Document, lines: LineCounter, path: Path): string {
  for (let length = path.length; length >= 0; length -= 1) {
    const start = startOf(document, path.slice(0, length));
    if (start !== undefined) return `${place}, line ${String(lines.linePos(start).line)}`;
  }
  return place;
}

/** Offset of a field's name, or of a list's item. */
function startOf(document: Document, path: Path): number | undefined {
  const parent: unknown = path.length === 0 ? undefined : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => String(key) === String(last));
    return (pair?.key as Node | undefined)?.range?.[0];
  }
  return (document.getIn(path, true) as Node | undefined)?.range?.[0];
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
