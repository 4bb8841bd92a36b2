import type { Catalogue, CatalogueRun, InvalidRun, ListedObject, RunFolder } from '../domain/catalogue.ts';
import { groupByRun, manifestFault } from '../domain/catalogue.ts';
import type { BackupName } from '../domain/layout.ts';
import { backupFolder, manifestKey } from '../domain/layout.ts';
import type { Store } from '../storage/store.ts';
import type { VerifyingKey } from '../stream/signing.ts';
import { parseManifestFile } from './manifest-file.ts';
import { readSmall } from './store-text.ts';

export interface CatalogueSource {
  readonly store: Store;
  /** Of the repository; its public half is enough. */
  readonly signingKey: VerifyingKey | undefined;
  readonly signal: AbortSignal;
}

/** Manifests are small: enough at once to hide the distance to the store. */
const readsAtOnce = 8;

/** Lists a backup's folder and reads every manifest in it. */
export async function readCatalogue(source: CatalogueSource, backup: BackupName): Promise<Catalogue> {
  const objects: ListedObject[] = [];
  for await (const object of source.store.list(backupFolder(backup))) {
    source.signal.throwIfAborted();
    objects.push(object);
  }
  const folders = groupByRun(backup, objects);
  const published = folders.filter((folder) => folder.hasManifest);
  const read: (CatalogueRun | InvalidRun)[] = [];
  for (let from = 0; from < published.length; from += readsAtOnce) {
    const some = published.slice(from, from + readsAtOnce);
    read.push(...(await Promise.all(some.map((folder) => readRun(source, backup, folder)))));
  }
  return {
    runs: read.filter((run): run is CatalogueRun => 'manifest' in run),
    invalid: read.filter((run): run is InvalidRun => 'fault' in run),
    incomplete: folders.filter((folder) => !folder.hasManifest),
  };
}

async function readRun(
  source: CatalogueSource,
  backup: BackupName,
  folder: RunFolder,
): Promise<CatalogueRun | InvalidRun> {
  const file = await readSmall(source.store, manifestKey(backup, folder.runId), source.signal);
  if (file === undefined) return { folder, fault: 'its manifest vanished while it was read' };
  const read = parseManifestFile(file, source.signingKey);
  if ('fault' in read) {
    const { fault, claimed, foreign } = read;
    return {
      folder,
      fault,
      ...(claimed === undefined ? {} : { sequence: claimed.sequence }),
      ...(foreign === undefined ? {} : { foreign }),
    };
  }
  const fault = manifestFault(backup, folder, read.manifest);
  if (fault !== undefined) return { folder, fault, sequence: read.manifest.sequence };
  return { folder, manifest: read.manifest, manifestDigest: read.digest, signed: read.signed };
}
