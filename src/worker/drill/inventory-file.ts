import { z } from 'zod';
import type { Inventory } from '../../domain/inventory.ts';
import { Refuted } from './ledger.ts';

/** What a drill itself reads of a snapshot; the rest is the checks' affair. */
const Snapshot = z.looseObject({
  schema: z.literal('pgcairn.dev/inventory/v1'),
  database: z.string(),
  owner: z.string(),
  encoding: z.string(),
  collation: z.looseObject({ provider: z.string() }),
  tables: z.array(z.looseObject({ schema: z.string(), name: z.string(), rows: z.int() })),
  objects: z.record(z.string(), z.int()),
  extensions: z.array(z.looseObject({ name: z.string(), version: z.string(), schema: z.string() })),
  settings: z.array(z.looseObject({ setting: z.string() })),
  roles: z.array(z.string()),
});

const RunInventory = z.looseObject({
  schema: z.literal('pgcairn.dev/run-inventory/v1'),
  selection: z.looseObject({ include: z.looseObject({ schemas: z.array(z.string()) }) }).optional(),
  databases: z.array(z.looseObject({ snapshot: Snapshot })),
});

export interface RunInventory {
  readonly databases: readonly Inventory[];
  /** Schemas that were chosen by name; empty: all. */
  readonly chosenSchemas: readonly string[];
}

/** Reads inventory.json of a run. Throws `Refuted` where it is not one that this version understands. */
export function parseRunInventory(text: string): RunInventory {
  const read = RunInventory.safeParse(parseJson(text));
  if (!read.success) throw new Refuted('the inventory of the run is none of this version');
  return {
    databases: read.data.databases.map(({ snapshot }) => snapshot as unknown as Inventory),
    chosenSchemas: read.data.selection?.include.schemas ?? [],
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
