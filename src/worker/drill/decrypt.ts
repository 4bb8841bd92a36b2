import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { counted } from '../../domain/amounts.ts';
import type { CatalogueRun } from '../../domain/catalogue.ts';
import type { Inventory } from '../../domain/inventory.ts';
import type { Manifest, ManifestObject } from '../../domain/manifest.ts';
import { flippedObject } from './control.ts';
import type { Onlooker } from './fetch.ts';
import { copyPath, fetchRun } from './fetch.ts';
import type { DrillFolders } from './folders.ts';
import type { RunInventory } from './inventory-file.ts';
import { parseRunInventory } from './inventory-file.ts';
import type { DrillContext, Finding } from './ledger.ts';
import { Refuted, makeCheck, runPhase } from './ledger.ts';
import type { ObjectToOpen, Opening } from './open-object.ts';
import { beginOpening, isWrapped, openCopy } from './open-object.ts';

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

/**
 * Fetches every object of a run, and opens it meanwhile. What was opened is used by nobody before the stored digests of
 * the whole run are found to hold. Adds the checks Digests and Decryption; the phase Decrypt is what opening takes when
 * everything is there.
 */
export async function fetchAndOpen(
  context: DrillContext,
  folders: DrillFolders,
  { run, identities }: { readonly run: CatalogueRun; readonly identities: readonly string[] },
): Promise<OpenedRun> {
  const opening = beginRun(context, folders, { manifest: run.manifest, identities });
  try {
    await runPhase(context, 'Fetch', 'fetching objects', () =>
      fetchRun(context, folders, run, { watch: opening.watch, keeps: keepsOf(context, run) }),
    );
    return await runPhase(context, 'Decrypt', 'opening objects', opening.finish);
  } finally {
    opening.stop();
  }
}

/** What is opened at once lies on the volume once. */
function keepsOf(
  { task }: DrillContext,
  { manifest }: Pick<CatalogueRun, 'manifest'>,
): (object: ManifestObject) => boolean {
  const flipped = task.spec.negativeControl ? flippedObject(manifest) : undefined;
  return (object) => object === flipped || isWrapped(object);
}

interface RunOpening {
  /** Opens an object by what it is shown; undefined: it is opened when all are there. */
  readonly watch: (object: ManifestObject) => Onlooker | undefined;
  /** Opens the rest, and compares what is in every object with the manifest. Adds the check Decryption. */
  readonly finish: () => Promise<OpenedRun>;
  /** Gives up what is not finished. */
  readonly stop: () => void;
}

function beginRun(
  context: DrillContext,
  folders: DrillFolders,
  { manifest, identities }: { readonly manifest: Manifest; readonly identities: readonly string[] },
): RunOpening {
  const stopped = new AbortController();
  const signal = AbortSignal.any([context.signal, stopped.signal]);
  const openings = new Map<ManifestObject, Opening>();
  const toOpen = (object: ManifestObject): ObjectToOpen => {
    const target = targetOf(folders, manifest, object);
    return { object, identities, signal, ...(target === undefined ? {} : { target }) };
  };
  return {
    watch: (object) => {
      if (isWrapped(object)) return undefined;
      const opening = beginOpening(toOpen(object));
      openings.set(object, opening);
      return opening;
    },
    finish: () =>
      makeCheck(context, 'Decryption', async (): Promise<readonly [Finding, OpenedRun]> => {
        for (const object of manifest.objects)
          await (openings.get(object)?.finish() ??
            openCopy(copyPath(folders, object), context.meter, toOpen(object)));
        return [findingOf(manifest), await assemble(manifest, folders)];
      }),
    stop: () => stopped.abort(),
  };
}

/** Undefined: what is in it is looked at, and not kept. */
function targetOf(
  { plain }: DrillFolders,
  { objects }: Manifest,
  object: ManifestObject,
): string | undefined {
  return object.kind === 'Globals' ? undefined : join(plain, String(objects.indexOf(object)));
}

function findingOf({ objects }: Manifest): Finding {
  const encrypted = objects.filter(({ encryption }) => encryption !== 'none').length;
  const detail =
    encrypted === 0
      ? 'the run is not encrypted; what is in its objects is as the manifest says'
      : `${counted(encrypted, 'object opens', 'objects open')}, and what is inside is as the manifest says`;
  return { outcome: 'Passed', detail, count: objects.length };
}

async function assemble(manifest: Manifest, folders: DrillFolders): Promise<OpenedRun> {
  const fileOf = (wanted: (object: ManifestObject) => boolean): string | undefined => {
    const object = manifest.objects.find(wanted);
    return object === undefined ? undefined : targetOf(folders, manifest, object);
  };
  const inventoryFile = fileOf(({ kind }) => kind === 'Inventory');
  if (inventoryFile === undefined) throw new Refuted(`run ${manifest.runId} has no inventory`);
  const inventory = parseRunInventory(await readFile(inventoryFile, 'utf8'));
  const databases = manifest.databases.map(({ name }) => {
    const dumpPath = fileOf(({ kind, database }) => kind === 'Dump' && database === name);
    const known = inventory.databases.find(({ database }) => database === name);
    if (dumpPath === undefined) throw new Refuted(`run ${manifest.runId} has no dump of database ${name}`);
    if (known === undefined)
      throw new Refuted(`the inventory of run ${manifest.runId} says nothing of database ${name}`);
    return { name, dumpPath, inventory: known };
  });
  return { databases, inventory };
}
