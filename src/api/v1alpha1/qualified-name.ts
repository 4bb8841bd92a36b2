import { z } from 'zod';
import { withPattern } from '../rule.ts';

/** Names as they are in the catalogue: quotes taken off, doubled quotes made single. */
export interface QualifiedName {
  readonly schema?: string;
  readonly name: string;
}

// As in SQL, with one difference: a name that SQL would fold to lower case has to be quoted, so that nobody has
// to know whether it is folded here.
const plain = String.raw`([a-z_]|[^\x00-\x7f])([a-z0-9_$]|[^\x00-\x7f])*`;
const quoted = String.raw`"([^"\x00-\x1f\x7f]|"")+"`;
const part = `(${plain}|${quoted})`;
const qualifiedPattern = new RegExp(String.raw`^${part}\.${part}$`);
const parsePattern = new RegExp(
  String.raw`^(?:(?<schema>${plain}|${quoted})\.)?(?<name>${plain}|${quoted})$`,
);

/**
 * Reads `schema.table`, `"Schema"."Table"` or a bare `table`. Undefined when the text is none of these: an
 * unquoted capital letter, a pattern, a third part, an open quote.
 */
export function parseQualifiedName(text: string): QualifiedName | undefined {
  const groups = parsePattern.exec(text)?.groups;
  if (groups?.['name'] === undefined) return undefined;
  const name = unquote(groups['name']);
  return groups['schema'] === undefined ? { name } : { schema: unquote(groups['schema']), name };
}

function unquote(identifier: string): string {
  return identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier;
}

/** A table by schema and name, exactly: no pattern, no search path. */
export const qualifiedName = withPattern(
  z.string().min(3).max(261),
  qualifiedPattern,
  'must be schema.table; a name with capitals, spaces, dots or the like goes in double quotes: "Shop"."Order Items"',
);
