/** One entry of a dump's table of contents, as far as it says what an object is. */
export interface SchemaEntry {
  readonly dumpId: number;
  /** Kind: TABLE, VIEW, FK CONSTRAINT, ACL, … */
  readonly desc: string;
  /** Name; for functions with argument types, for triggers and the like after that of the table. */
  readonly tag: string;
  readonly namespace?: string;
  readonly owner?: string;
  readonly tableAccessMethod?: string;
  /** SQL that makes it. */
  readonly definition?: string;
  /** Dump ids of what it needs. */
  readonly dependencies: readonly number[];
}

/** Kinds whose owner is their own. The others name that of their table, or of nobody. */
export const ownedKinds: ReadonlySet<string> = new Set([
  'AGGREGATE',
  'COLLATION',
  'CONVERSION',
  'DOMAIN',
  'EVENT TRIGGER',
  'FOREIGN DATA WRAPPER',
  'FOREIGN TABLE',
  'FUNCTION',
  'MATERIALIZED VIEW',
  'OPERATOR',
  'OPERATOR CLASS',
  'OPERATOR FAMILY',
  'PROCEDURAL LANGUAGE',
  'PROCEDURE',
  'PUBLICATION',
  'SCHEMA',
  'SEQUENCE',
  'SERVER',
  'STATISTICS',
  'SUBSCRIPTION',
  'TABLE',
  'TEXT SEARCH CONFIGURATION',
  'TEXT SEARCH DICTIONARY',
  'TYPE',
  'VIEW',
]);

/** Kinds that stand for data, for settings of the dump itself, or for the database as such. */
const otherKinds: ReadonlySet<string> = new Set([
  'BLOB',
  'BLOB METADATA',
  'BLOBS',
  'DATABASE',
  'DATABASE PROPERTIES',
  'MATERIALIZED VIEW DATA',
  'SEARCHPATH',
  'SEQUENCE SET',
  'STATISTICS DATA',
  'STDSTRINGS',
  'TABLE DATA',
]);
const appendices: ReadonlySet<string> = new Set(['ACL', 'COMMENT', 'SECURITY LABEL']);

/** Whether an entry is one of those that a dump of the schema alone holds too, of an object in the database. */
export function isOfSchema({ desc, tag }: SchemaEntry): boolean {
  if (otherKinds.has(desc)) return false;
  return !(appendices.has(desc) && /^(DATABASE|LARGE OBJECTS?) /.test(tag));
}

/** What of the backup decides what else may be there. */
export interface Extras {
  /** It leaves parts of its database out. */
  readonly partial: boolean;
  /** It is of a database without schema public, which every new one has, and of a server before 15, which lists it. */
  readonly withoutPublic: boolean;
}

/**
 * What is there although the backup does not hold it, and rightly so: schema public where the source had none, and what
 * parts of a database need to be restored, which a backup of parts does not hold.
 */
export function mayBeExtra(
  { desc, tag, namespace }: SchemaEntry,
  { partial, withoutPublic }: Extras,
): boolean {
  const what = appendices.has(desc) ? tag : `${desc} ${tag}`;
  if (namespace !== undefined) return false;
  return (withoutPublic && what === 'SCHEMA public') || (partial && /^(SCHEMA|EXTENSION) /.test(what));
}

/** For a person: `VIEW shop.order_value`, `ACL of TABLE customer in shop`. */
export function nameOf({ desc, tag, namespace }: SchemaEntry): string {
  // oxlint-disable-next-line no-control-regex -- a name may hold any of them
  const clean = (text: string): string => text.replaceAll(/[\u0000-\u001F\u007F]+/g, ' ');
  if (appendices.has(desc) || desc === 'DEFAULT ACL')
    return `${desc} of ${clean(tag)}${namespace === undefined ? '' : ` in ${clean(namespace)}`}`;
  return `${desc} ${namespace === undefined ? '' : `${clean(namespace)}.`}${clean(tag)}`;
}
