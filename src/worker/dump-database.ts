import type { Inventory } from '../domain/inventory.ts';
import { dumpBaseName, objectName } from '../domain/layout.ts';
import type { ManifestObject } from '../domain/manifest.ts';
import type { OpenInventory } from '../postgres/inventory.ts';
import { openInventory } from '../postgres/inventory.ts';
import type { ReplayPoint } from '../postgres/replay-point.ts';
import type { Snapshot } from '../postgres/snapshot.ts';
import { openSnapshot } from '../postgres/snapshot.ts';
import { startDump } from '../postgres/tools/dump.ts';
import { compressionOf } from '../postgres/tools/dump-arguments.ts';
import type { DecodedArchive } from '../stream/pg-archive/decoder.ts';
import type { BackupPlan, PlannedDatabase } from './plan.ts';
import type { RunContext } from './run-context.ts';
import { storeObject } from './store-object.ts';

export interface DumpedDatabase {
  readonly object: ManifestObject;
  readonly inventory: Inventory;
  /** Absent when the level asked for does not need it. */
  readonly archive: DecodedArchive | undefined;
  /** Of a standby. */
  readonly replayPoint?: ReplayPoint;
}

/** Dumps one database into the store, while the rows are counted in the same snapshot. */
export async function dumpDatabase(
  context: RunContext,
  plan: BackupPlan,
  database: PlannedDatabase,
): Promise<DumpedDatabase> {
  const snapshot = await openSnapshot(plan.connection, database.name);
  try {
    // The tables are locked before pg_dump looks at them: what it dumps is what is counted.
    const open = await openInventory({
      connection: plan.connection,
      snapshot,
      clientMajor: plan.client.major,
      content: context.task.spec.logical.content,
      filters: database.filters,
      lockWaitSeconds: context.task.spec.limits.lockWaitSeconds,
      signal: context.signal,
    });
    try {
      return await dumpAndCount(context, plan, { database, snapshot, open });
    } finally {
      await open.close();
    }
  } finally {
    await snapshot.close();
  }
}

interface Opened {
  readonly database: PlannedDatabase;
  readonly snapshot: Snapshot;
  readonly open: OpenInventory;
}

/** Whichever fails ends the other: a dump without an inventory is worth nothing, and the other way round. */
async function dumpAndCount(
  context: RunContext,
  plan: BackupPlan,
  { database, snapshot, open }: Opened,
): Promise<DumpedDatabase> {
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, snapshot.lost, stop.signal]);
  const counting = open.count();
  counting.catch((error: unknown) => stop.abort(error));
  const stored = await storeDump({ ...context, signal }, plan, { database, snapshotId: snapshot.id });
  const { replayPoint } = snapshot;
  return { ...stored, inventory: await counting, ...(replayPoint && { replayPoint }) };
}

async function storeDump(
  context: RunContext,
  plan: BackupPlan,
  { database, snapshotId }: { readonly database: PlannedDatabase; readonly snapshotId: string },
): Promise<Omit<DumpedDatabase, 'inventory'>> {
  const { spec } = context.task;
  const wrappedInZstd = compressionOf(plan.client.major) === 'none';
  const encrypted = context.recipients.length > 0;
  const path = `${plan.attempt}${objectName(`${dumpBaseName(database)}.dump`, { wrappedInZstd, encrypted })}`;
  const dump = startDump({
    connection: plan.connection,
    client: plan.client,
    database: database.name,
    snapshotId,
    content: spec.logical.content,
    filters: database.filters,
    lockWaitSeconds: spec.limits.lockWaitSeconds,
    signal: context.signal,
  });
  // The same error comes through the stream, which is what is waited for.
  dump.done.catch(() => undefined);
  const { plain, stored, decoded } = await storeObject(context, {
    key: `${context.folder}${path}`,
    source: dump.stdout,
    expectedBytes: database.sizeBytes,
    decode: spec.verification.level !== 'Stored',
    wrapInZstd: wrappedInZstd,
  });
  const { stderrTail } = await dump.done;
  if (stderrTail !== '')
    context.logger.warn({ database: database.name, words: stderrTail }, 'pg_dump warned');
  return {
    archive: decoded,
    object: {
      path,
      kind: 'Dump',
      database: database.name,
      format: 'custom',
      compression: 'zstd',
      encryption: encrypted ? 'age' : 'none',
      plain,
      stored,
    },
  };
}
