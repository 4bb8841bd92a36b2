import { Failure } from '../domain/failure.ts';
import type { Inventory } from '../domain/inventory.ts';
import type { DumpFacts } from '../domain/verification.ts';
import { compareWithInventory, countKinds, describeDifferences } from '../domain/verification.ts';
import type { DecodedArchive } from '../stream/pg-archive/decoder.ts';

/** Throws `Failure` InventoryDiffers when a dump does not hold exactly what its snapshot held. */
export function verifyInventory(inventory: Inventory, archive: DecodedArchive): void {
  const differences = compareWithInventory(inventory, dumpFacts(archive));
  if (differences.length === 0) return;
  throw new Failure(
    'InventoryDiffers',
    `the dump of database ${inventory.database} differs from its snapshot in ${describeDifferences(differences)}`,
  );
}

export function dumpFacts(archive: DecodedArchive): DumpFacts {
  return {
    tables: archive.tables.map(({ namespace, name, oid, rows }) => ({ schema: namespace, name, oid, rows })),
    objects: countKinds(archive.entries),
    largeObjects: archive.largeObjects.count,
  };
}
