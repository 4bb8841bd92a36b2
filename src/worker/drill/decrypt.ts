import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { counted } from '../../domain/amounts.ts';
import type { Inventory } from '../../domain/inventory.ts';
import type { Manifest, ManifestObject } from '../../domain/manifest.ts';
import { copyPath } from './fetch.ts';
import type { DrillFolders } from './folders.ts';
import type { RunInventory } from './inventory-file.ts';
import { parseRunInventory } from './inventory-file.ts';
import type { DrillContext, Finding } from './ledger.ts';
import { Refuted, makeCheck } from './ledger.ts';
import { openObject } from './open-object.ts';

/** One database of a run as it lies on the volume, ready to be restored. */
export interface OpenedDatabase {
  readonly name: string;
  readonly dumpPath: string;
  readonly inventory: Inventory;
}

export interface OpenedRun {
  readonly databases: readonly OpenedDatabase[];
  readonly inventory: RunInventory;
}

/** Opens every object of a run and compares what is in it with the manifest. Adds the check Decryption. */
export async function openRun(
  context: DrillContext,
  folders: DrillFolders,
  { manifest, identities }: { readonly manifest: Manifest; readonly identities: readonly string[] },
): Promise<OpenedRun> {
  return await makeCheck(context, 'Decryption', async (): Promise<readonly [Finding, OpenedRun]> => {
    const opened = new Map<ManifestObject, string>();
    for (const [at, object] of manifest.objects.entries()) {
      const copy = copyPath(folders, object);
      const target = join(folders.plain, String(at));
      const isKept = object.kind !== 'Globals';
      await openObject(context, identities, { object, copy, ...(isKept ? { target } : {}) });
      if (isKept) opened.set(object, target);
    }
    const encrypted = manifest.objects.filter(({ encryption }) => encryption !== 'none').length;
    const detail =
      encrypted === 0
        ? 'the run is not encrypted; what is in its objects is as the manifest says'
        : `${counted(encrypted, 'object opens', 'objects open')}, and what is inside is as the manifest says`;
    const finding: Finding = { outcome: 'Passed', detail, count: manifest.objects.length };
    return [finding, await assemble(manifest, opened)];
  });
}

async function assemble(manifest: Manifest, opened: ReadonlyMap<ManifestObject, string>): Promise<OpenedRun> {
  const inventoryFile = [...opened].find(([object]) => object.kind === 'Inventory')?.[1];
  if (inventoryFile === undefined) throw new Refuted(`run ${manifest.runId} has no inventory`);
  const inventory = parseRunInventory(await readFile(inventoryFile, 'utf8'));
  const databases = manifest.databases.map(({ name }) => {
    const dump = [...opened].find(([{ kind, database }]) => kind === 'Dump' && database === name);
    const known = inventory.databases.find(({ database }) => database === name);
    if (dump === undefined) throw new Refuted(`run ${manifest.runId} has no dump of database ${name}`);
    if (known === undefined)
      throw new Refuted(`the inventory of run ${manifest.runId} says nothing of database ${name}`);
    return { name, dumpPath: dump[1], inventory: known };
  });
  return { databases, inventory };
}
