import { Readable } from 'node:stream';
import type { ManifestObject } from '../domain/manifest.ts';
import { objectName } from '../domain/layout.ts';
import { startGlobals } from '../postgres/tools/globals.ts';
import type { DumpedDatabase } from './dump-database.ts';
import type { BackupPlan } from './plan.ts';
import type { RunContext } from './run-context.ts';
import { storeObject } from './store-object.ts';

/** Roles, memberships, tablespaces and settings of the whole server, as SQL; nothing when the spec says None. */
export async function storeGlobals(context: RunContext, plan: BackupPlan): Promise<ManifestObject[]> {
  const { globals } = context.task.spec.logical;
  if (globals === 'None') return [];
  const running = startGlobals({
    connection: plan.connection,
    client: plan.client,
    withPasswords: globals === 'RolesWithPasswords',
    signal: context.signal,
  });
  // The same error comes through the stream, which is what is waited for.
  running.done.catch(() => undefined);
  const source = running.stdout;
  return [
    await storeMetadata(context, plan, { name: 'globals.sql', kind: 'Globals', format: 'sql', source }),
  ];
}

/**
 * What the dumps were compared with, and what a restore needs to know beside them. Encrypted as they are: names of
 * tables and numbers of rows are private.
 */
export async function storeInventory(
  context: RunContext,
  plan: BackupPlan,
  databases: readonly DumpedDatabase[],
): Promise<ManifestObject> {
  const inventory = {
    schema: 'pgcairn.dev/run-inventory/v1',
    runId: context.task.run.id,
    selection: context.task.spec.logical,
    databases: databases.map(({ inventory: snapshot, archive }) => ({
      snapshot,
      ...(archive === undefined
        ? {}
        : {
            dump: {
              ...archive.header,
              largeObjects: archive.largeObjects,
              tables: archive.tables.map(({ namespace, name, rows, bytes }) => ({
                schema: namespace,
                name,
                rows,
                bytes,
              })),
            },
          }),
    })),
  };
  const source = Readable.from([Buffer.from(`${JSON.stringify(inventory, undefined, 1)}\n`)]);
  return await storeMetadata(context, plan, {
    name: 'inventory.json',
    kind: 'Inventory',
    format: 'json',
    source,
  });
}

interface Metadata {
  readonly name: string;
  readonly kind: 'Globals' | 'Inventory';
  readonly format: 'sql' | 'json';
  readonly source: Readable;
}

const expectedBytes = 1 << 20;

async function storeMetadata(context: RunContext, plan: BackupPlan, data: Metadata): Promise<ManifestObject> {
  const { name, kind, format, source } = data;
  const encrypted = context.recipients.length > 0;
  const path = `${plan.attempt}${objectName(name, { wrappedInZstd: false, encrypted })}`;
  const { plain, stored } = await storeObject(context, {
    key: `${context.folder}${path}`,
    source,
    expectedBytes,
    decode: false,
    wrapInZstd: false,
  });
  return { path, kind, format, compression: 'none', encryption: encrypted ? 'age' : 'none', plain, stored };
}
