import { counted, grouped } from './amounts.ts';
import type { Inventory, TableCount } from './inventory.ts';
import { inventoriedKinds } from './inventory.ts';

/** What a decoded dump holds, as far as an inventory speaks of it. */
export interface DumpFacts {
  readonly tables: readonly TableCount[];
  /** Entries of the table of contents by kind (TABLE, INDEX, …). */
  readonly objects: ReadonlyMap<string, number>;
  readonly largeObjects: number;
}

/** One thing in which dump and snapshot differ; undefined: not there at all. */
export interface Difference {
  /** `rows of public.orders`, `INDEX entries`, `large objects`. */
  readonly what: string;
  readonly inSnapshot: number | undefined;
  readonly inDump: number | undefined;
}

/** Compares a dump with the inventory of its snapshot, exactly. Empty: they agree. */
export function compareWithInventory(inventory: Inventory, dump: DumpFacts): Difference[] {
  return [
    ...tableDifferences(inventory, dump),
    ...kindDifferences(inventory, dump),
    ...differing('large objects', inventory.largeObjects, dump.largeObjects),
  ];
}

function tableDifferences(inventory: Inventory, dump: DumpFacts): Difference[] {
  const byName = new Map(dump.tables.map((table) => [qualified(table), table] as const));
  const byOid = new Map(dump.tables.map((table) => [table.oid, table] as const));
  const unexpectedTables = new Set(dump.tables);
  const differences = inventory.tables.flatMap((table) => {
    const found = table.oid === undefined ? byName.get(qualified(table)) : byOid.get(table.oid);
    if (found !== undefined) unexpectedTables.delete(found);
    return differing(`rows of ${qualified(table)}`, table.rows, found?.rows);
  });
  const unexpected = [...unexpectedTables].map((table) => ({
    what: `rows of ${qualified(table)}`,
    inSnapshot: undefined,
    inDump: table.rows,
  }));
  return [...differences, ...unexpected];
}

function kindDifferences(inventory: Inventory, dump: DumpFacts): Difference[] {
  return inventoriedKinds.flatMap((kind) =>
    differing(`${kind} entries`, inventory.objects[kind] ?? 0, dump.objects.get(kind) ?? 0),
  );
}

/** How many entries of each kind a table of contents has. */
export function countKinds(entries: readonly { readonly desc: string }[]): DumpFacts['objects'] {
  const counts = new Map<string, number>();
  for (const { desc } of entries) counts.set(desc, (counts.get(desc) ?? 0) + 1);
  return counts;
}

/** Kinds of which a dump holds less than its snapshot, for a person. One that the inventory does not name is not looked at. */
export function lackingKinds(inventory: Pick<Inventory, 'objects'>, objects: DumpFacts['objects']): string[] {
  return inventoriedKinds.flatMap((kind) => {
    const [inSnapshot, inDump] = [inventory.objects[kind] ?? 0, objects.get(kind) ?? 0];
    const held = `${grouped(inDump)} of ${counted(inSnapshot, `${kind} entry`, `${kind} entries`)}`;
    return inDump < inSnapshot ? [`the dump holds ${held} that its snapshot had`] : [];
  });
}

function differing(what: string, inSnapshot: number, inDump: number | undefined): Difference[] {
  return inSnapshot === inDump ? [] : [{ what, inSnapshot, inDump }];
}

function qualified(table: { readonly schema: string; readonly name: string }): string {
  return `${quoted(table.schema)}.${quoted(table.name)}`;
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

const shown = 5;

/** For a person: the first few differences and how many there are. */
export function describeDifferences(differences: readonly Difference[]): string {
  const text = differences
    .slice(0, shown)
    .map(
      ({ what, inSnapshot, inDump }) =>
        `${what}: ${amount(inSnapshot)} in the snapshot, ${amount(inDump)} in the dump`,
    )
    .join('; ');
  const more = differences.length - shown;
  return more > 0 ? `${text}; and ${counted(more, 'more difference')}` : text;
}

function amount(value: number | undefined): string {
  return value === undefined ? 'none' : String(value);
}
