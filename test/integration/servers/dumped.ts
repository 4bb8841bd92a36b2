import type { Inventory } from '../../../src/domain/inventory.ts';
import type { DumpFacts } from '../../../src/domain/verification.ts';
import type { ClientPrograms } from '../../../src/postgres/clients.ts';
import { findClients } from '../../../src/postgres/clients.ts';
import type { Connection } from '../../../src/postgres/connection.ts';
import { openInventory } from '../../../src/postgres/inventory.ts';
import { openSnapshot } from '../../../src/postgres/snapshot.ts';
import { startDump } from '../../../src/postgres/tools/dump.ts';
import type { DumpFilters } from '../../../src/postgres/tools/dump-arguments.ts';
import { clientMajorFor } from '../../../src/postgres/version.ts';
import { dumpFacts } from '../../../src/worker/verify-inventory.ts';
import { decodeArchive } from '../../../src/stream/pg-archive/decoder.ts';
import { postgresClients } from '../../../scripts/tools/postgres.ts';

export const noFilters: DumpFilters = {
  includeSchemas: [],
  includeTables: [],
  excludeSchemas: [],
  excludeTables: [],
  excludeTableData: [],
};

/** The client programs that a worker would choose for a server. */
export async function clientFor(versionNumber: number): Promise<ClientPrograms> {
  const clients = await findClients(await postgresClients());
  const major = clientMajorFor(
    versionNumber,
    clients.map((client) => client.major),
  );
  const client = clients.find((candidate) => candidate.major === major);
  if (client === undefined) throw new Error(`no client ${major}`);
  return client;
}

export interface DumpWish {
  readonly connection: Connection;
  readonly client: ClientPrograms;
  readonly database: string;
  readonly content: 'All' | 'SchemaOnly' | 'DataOnly';
  readonly filters: DumpFilters;
  /** Runs when the tables are locked and before pg_dump starts. */
  readonly meanwhile?: () => Promise<void>;
}

export interface Dumped {
  readonly inventory: Inventory;
  readonly facts: DumpFacts;
  readonly warnings: string;
}

/** Dumps a database as a worker does, and decodes the dump instead of storing it. */
export async function dumpAndDecode(wish: DumpWish): Promise<Dumped> {
  const { connection, client, database, content, filters } = wish;
  const snapshot = await openSnapshot(connection, database);
  const common = { connection, content, filters, lockWaitSeconds: 5 };
  try {
    const open = await openInventory({ ...common, snapshot, clientMajor: client.major });
    try {
      await wish.meanwhile?.();
      const dump = startDump({ ...common, client, database, snapshotId: snapshot.id });
      const [archive, end, inventory] = await Promise.all([
        decodeArchive(dump.stdout),
        dump.done,
        open.count(),
      ]);
      return { inventory, facts: dumpFacts(archive), warnings: end.stderrTail };
    } finally {
      await open.close();
    }
  } finally {
    await snapshot.close();
  }
}
