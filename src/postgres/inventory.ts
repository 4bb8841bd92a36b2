import type { LogicalSpec } from '../api/v1alpha1/logical.ts';
import type { InventoriedKind, Inventory, TableCount } from '../domain/inventory.ts';
import { Failure } from '../domain/failure.ts';
import { connect } from './connect.ts';
import type { Connection } from './connection.ts';
import type { DataTable } from './count-rows.ts';
import { countRows, lockTables } from './count-rows.ts';
import { readDatabaseFacts, readLeftOut } from './inventory-facts.ts';
import { countWithoutIndexes, readIndexFacts } from './inventory-indexes.ts';
import { dataTablesSql, objectCountsSql, selectionValues } from './inventory-sql.ts';
import { includesNothingMessage, resolveSelection } from './selection.ts';
import type { Session } from './session.ts';
import type { Snapshot } from './snapshot.ts';
import { joinSnapshot } from './snapshot.ts';
import type { DumpFilters } from './tools/dump-arguments.ts';

export interface InventoryRequest {
  readonly connection: Connection;
  readonly snapshot: Pick<Snapshot, 'id' | 'time' | 'database'>;
  readonly content: LogicalSpec['content'];
  readonly filters: DumpFilters;
  /** Of pg_dump: what it writes differs a little from major to major. */
  readonly clientMajor: number;
  readonly lockWaitSeconds: number;
  /** Ends the connection, also while it waits for a lock. */
  readonly signal?: AbortSignal;
}

/** An inventory whose catalogue part is done and whose tables are locked. Close it after the dump. */
export interface OpenInventory {
  readonly objects: Inventory['objects'];
  /** Tables whose rows the dump holds. */
  readonly tables: readonly DataTable[];
  /** Counts the rows, which takes about as long as reading every table once. Call it once. */
  count(onCounted?: (table: TableCount) => void): Promise<Inventory>;
  close(): Promise<void>;
}

/**
 * Reads in the snapshot what pg_dump will write, and locks the tables. Open it before pg_dump starts; count while it
 * runs. Errors: those of `connect`, and `Failure` LockTimeout, PrivilegeMissing, ConnectionLost, RecoveryConflict.
 */
export async function openInventory(request: InventoryRequest): Promise<OpenInventory> {
  const { connection, snapshot, content, filters, clientMajor, signal } = request;
  const session = await connect(connection, snapshot.database);
  const stop = (): void => void session.close();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    signal?.throwIfAborted();
    await joinSnapshot(session, snapshot);
    const { selection, unmatched, includesNothing } = await resolveSelection(session, filters);
    if (includesNothing) {
      throw new Failure(
        'NothingMatches',
        `database ${snapshot.database}: ${includesNothingMessage(unmatched)}`,
      );
    }
    const values = selectionValues(selection);
    const versions = { versionNumber: session.versionNumber, clientMajor };
    const objects = await readObjects(session, objectCountsSql(content, versions), values);
    const tables = content === 'SchemaOnly' ? [] : await session.query<DataTable>(dataTablesSql, values);
    const facts = await readDatabaseFacts(session);
    const leftOut = await readLeftOut(session, selection);
    const largeObjects = content === 'SchemaOnly' ? 0 : await countLargeObjects(session);
    await lockTables(session, tables, request.lockWaitSeconds);
    const indexes = content === 'DataOnly' ? undefined : await readIndexFacts(session, selection);
    const catalogue = {
      ...head(snapshot),
      ...facts,
      objects,
      largeObjects,
      leftOut,
      ...(indexes === undefined ? {} : { indexes }),
    };
    await countWithoutIndexes(session);
    return {
      objects,
      tables,
      count: async (onCounted = () => undefined) => ({
        ...catalogue,
        tables: (await countRows(session, tables, onCounted)).toSorted(byName),
      }),
      close: () => session.close(),
    };
  } catch (error) {
    await session.close();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

function head({
  database,
  time,
}: InventoryRequest['snapshot']): Pick<Inventory, 'schema' | 'database' | 'snapshotTime'> {
  return { schema: 'pgcairn.dev/inventory/v1', database, snapshotTime: time };
}

async function readObjects(
  session: Session,
  sql: string,
  values: readonly unknown[],
): Promise<Inventory['objects']> {
  const rows = await session.query<{ kind: InventoriedKind; count: number }>(sql, values);
  const present = rows.filter(({ count }) => count > 0).map(({ kind, count }) => [kind, count] as const);
  return Object.fromEntries(present);
}

async function countLargeObjects(session: Session): Promise<number> {
  const [row] = await session.query<{ count: number }>(
    'SELECT count(*) AS count FROM pg_largeobject_metadata',
  );
  return row?.count ?? 0;
}

function byName(a: TableCount, b: TableCount): number {
  if (a.schema !== b.schema) return a.schema < b.schema ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}
