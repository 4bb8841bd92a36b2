import { canonicalDefinition, unquoted } from './schema-comparison-canonical.ts';
import { describeDifference } from './schema-comparison-difference.ts';
import type { SchemaEntry } from './schema-comparison-entries.ts';
import { isOfSchema, mayBeExtra, nameOf, ownedKinds } from './schema-comparison-entries.ts';

export interface SchemaComparison {
  /** Entries of the backup that were looked for. */
  readonly compared: number;
  /** Of those, the ones that PostgreSQL now writes in other words that mean the same. */
  readonly reworded: number;
  /** For a person, each naming the object and what is wrong with it. */
  readonly differences: readonly string[];
}

export interface SchemaOrigin {
  /** The backup leaves parts of its database out. */
  readonly partial: boolean;
  /** Of the servers. */
  readonly major: number;
}

/** Compares what a dump says of every object with what a dump of the restored database says, both ways. */
export function compareSchemas(
  backup: readonly SchemaEntry[],
  restored: readonly SchemaEntry[],
  { partial, major }: SchemaOrigin,
): SchemaComparison {
  const wanted = backup.filter(isOfSchema);
  const found = restored.filter(isOfSchema);
  const pairing = new Pairing(wanted, found);
  pairing.match(exactForm);
  const exact = pairing.matched;
  pairing.match(canonicalForm);
  const reworded = pairing.matched - exact;
  const differing = pairing.pairUp();
  const hasPublic = wanted.some(({ desc, tag }) => desc === 'SCHEMA' && tag === 'public');
  const extras = { partial, withoutPublic: major < 15 && !hasPublic };
  return {
    compared: wanted.length,
    reworded,
    differences: [
      ...ofTheirOwn(pairing.wanted).map(({ entry, more }) => `${nameOf(entry)} is missing${withMore(more)}`),
      ...differing.map(
        ([expected, actual]) => `${nameOf(expected)}: ${describeDifference(expected, actual)}`,
      ),
      ...ofTheirOwn(pairing.found.filter((entry) => !mayBeExtra(entry, extras))).map(
        ({ entry, more }) =>
          `${nameOf(entry)} should not be there: the backup does not hold it${withMore(more)}`,
      ),
    ],
  };
}

/** The entries of both sides that are not matched yet, in the order of their dumps. */
class Pairing {
  wanted: readonly SchemaEntry[];
  found: readonly SchemaEntry[];
  matched = 0;

  constructor(wanted: readonly SchemaEntry[], found: readonly SchemaEntry[]) {
    this.wanted = wanted;
    this.found = found;
  }

  /** Takes away what has the same form on both sides, one for one. */
  match(form: (entry: SchemaEntry) => string): void {
    this.matched += this.#pairs(form).length;
  }

  /** Takes away what has the same name on both sides, and returns it. */
  pairUp(): (readonly [SchemaEntry, SchemaEntry])[] {
    return this.#pairs(keyOf);
  }

  #pairs(form: (entry: SchemaEntry) => string): (readonly [SchemaEntry, SchemaEntry])[] {
    const byForm = Map.groupBy(this.found, form);
    const pairs: (readonly [SchemaEntry, SchemaEntry])[] = [];
    const taken = new Set<SchemaEntry>();
    this.wanted = this.wanted.filter((entry) => {
      const partner = byForm.get(form(entry))?.shift();
      if (partner === undefined) return true;
      taken.add(partner);
      pairs.push([entry, partner]);
      return false;
    });
    this.found = this.found.filter((entry) => !taken.has(entry));
    return pairs;
  }
}

function keyOf({ desc, namespace, tag }: SchemaEntry): string {
  return JSON.stringify([desc, namespace, unquoted(tag)]);
}

function exactForm(entry: SchemaEntry): string {
  const { tableAccessMethod, definition } = entry;
  return JSON.stringify([keyOf(entry), ownerOf(entry), tableAccessMethod, definition]);
}

function canonicalForm(entry: SchemaEntry): string {
  return JSON.stringify([keyOf(entry), ownerOf(entry), entry.tableAccessMethod, canonicalDefinition(entry)]);
}

function ownerOf({ desc, owner }: SchemaEntry): string | undefined {
  return ownedKinds.has(desc) ? owner : undefined;
}

interface Group {
  readonly entry: SchemaEntry;
  /** How many others only came along with it. */
  readonly more: number;
}

/** Entries that need another one of them (columns' defaults, indexes, privileges of a table) are only counted. */
function ofTheirOwn(entries: readonly SchemaEntry[]): Group[] {
  const byId = new Map(entries.map((entry) => [entry.dumpId, entry] as const));
  const rootOf = (entry: SchemaEntry): SchemaEntry => {
    let root = entry;
    const seen = new Set<SchemaEntry>();
    for (;;) {
      seen.add(root);
      const next = root.dependencies.map((id) => byId.get(id)).find((other) => other !== undefined);
      if (next === undefined || seen.has(next)) return root;
      root = next;
    }
  };
  return [...Map.groupBy(entries, rootOf)].map(([entry, members]) => ({ entry, more: members.length - 1 }));
}

function withMore(more: number): string {
  return more === 0 ? '' : `, with ${String(more)} more that depend on it`;
}
