/**
 * The kinds of table-of-contents entries of a custom-format dump that an inventory counts, by pg_dump's own names.
 * Left out are entries without an object of their own (ENCODING, COMMENT, ACL, …), and those that pg_dump splits off
 * from a table or view only to break a circle of dependencies (DEFAULT, CHECK CONSTRAINT, RULE).
 */
export const inventoriedKinds = [
  'ACCESS METHOD',
  'AGGREGATE',
  'CAST',
  'COLLATION',
  'CONSTRAINT',
  'CONVERSION',
  'DOMAIN',
  'EVENT TRIGGER',
  'EXTENSION',
  'FK CONSTRAINT',
  'FOREIGN DATA WRAPPER',
  'FOREIGN TABLE',
  'FUNCTION',
  'INDEX',
  'INDEX ATTACH',
  'MATERIALIZED VIEW',
  'MATERIALIZED VIEW DATA',
  'OPERATOR',
  'OPERATOR CLASS',
  'OPERATOR FAMILY',
  'POLICY',
  'PROCEDURAL LANGUAGE',
  'PROCEDURE',
  'PUBLICATION',
  'PUBLICATION TABLE',
  'PUBLICATION TABLES IN SCHEMA',
  'ROW SECURITY',
  'SCHEMA',
  'SEQUENCE',
  'SEQUENCE OWNED BY',
  'SEQUENCE SET',
  'SERVER',
  'STATISTICS',
  'SUBSCRIPTION',
  'TABLE',
  'TABLE ATTACH',
  'TABLE DATA',
  'TEXT SEARCH CONFIGURATION',
  'TEXT SEARCH DICTIONARY',
  'TEXT SEARCH PARSER',
  'TEXT SEARCH TEMPLATE',
  'TRANSFORM',
  'TRIGGER',
  'TYPE',
  'USER MAPPING',
  'VIEW',
] as const;
export type InventoriedKind = (typeof inventoriedKinds)[number];

/** One table whose rows the dump holds, and how many there are in the dump's snapshot. */
export interface TableCount {
  readonly schema: string;
  readonly name: string;
  /** In pg_class. A dump keeps names in the encoding of its database, so that only this identifies a table. */
  readonly oid?: number;
  readonly rows: number;
}

/** Something about the database that a restore needs to know and that a dump does not carry. */
export interface ExtensionFact {
  readonly name: string;
  readonly version: string;
  readonly schema: string;
}

export interface CollationFact {
  /** `libc`, `icu` or `builtin`. */
  readonly provider: string;
  readonly collate?: string;
  readonly ctype?: string;
  readonly locale?: string;
  /** The version that the database recorded, where its provider has one. */
  readonly version?: string;
}

/** `name=value` of ALTER DATABASE or ALTER ROLE ... IN DATABASE; `role` absent: for every role. */
export interface SettingFact {
  readonly role?: string;
  readonly setting: string;
}

/** A kind of thing in the database that the dump leaves out. */
export interface LeftOut {
  readonly what: string;
  readonly count: number;
}

/** One index of a dumped table, as the server of the backup had it. */
export interface IndexFact {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly sizeBytes: number;
  /** Since `IndexFacts.since`; those of the backup itself are not among them. */
  readonly scans: number;
  /** Not usable by queries, and so not in the dump. `Building`: perhaps only until a running command has built it. */
  readonly unusable?: 'Invalid' | 'Building';
  /** A foreign key leans on it. Where several could serve, a copy may lean on another. */
  readonly isReferenced?: true;
  /** Of an unusable index that is neither partial nor on expressions: the columns that it sorts by. */
  readonly columns?: readonly string[];
}

/** What a live server knows of its indexes, and no copy of its data can tell. */
export interface IndexFacts {
  /** When the server began to count scans, RFC 3339 in UTC; absent where it does not say. */
  readonly since?: string;
  /** Read from a standby, which counts only what was asked of itself. */
  readonly inRecovery: boolean;
  /** By schema and name; without those of extensions. A partitioned index has none, only its parts do. */
  readonly indexes: readonly IndexFact[];
}

/** What pg_dump is expected to write for one database, taken from the catalogue in the dump's own snapshot. */
export interface Inventory {
  readonly schema: 'pgcairn.dev/inventory/v1';
  readonly database: string;
  readonly oid: number;
  readonly sizeBytes: number;
  readonly owner: string;
  readonly encoding: string;
  readonly collation: CollationFact;
  /** By the server's clock, RFC 3339 in UTC. */
  readonly snapshotTime: string;
  /** Every table whose data the dump holds (materialized views hold none), by schema and name. */
  readonly tables: readonly TableCount[];
  /** Entries of each kind that the dump's table of contents must hold; an absent kind must not occur. */
  readonly objects: Readonly<Partial<Record<InventoriedKind, number>>>;
  readonly largeObjects: number;
  readonly extensions: readonly ExtensionFact[];
  readonly settings: readonly SettingFact[];
  /** Roles that own something or are named in a privilege, so that a restore can make them first. */
  readonly roles: readonly string[];
  /** Tablespaces other than the default that hold something of the database. */
  readonly tablespaces: readonly string[];
  readonly leftOut: readonly LeftOut[];
  /** Absent where they could not be read, without indexes in the dump, and in runs of versions that did not. */
  readonly indexes?: IndexFacts;
}
