import type { CatalogueRun } from '../domain/catalogue.ts';
import { groupByRun, manifestFault } from '../domain/catalogue.ts';
import { Failure } from '../domain/failure.ts';
import { manifestKey, runFolder } from '../domain/layout.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { ObjectInfo } from '../storage/store.ts';
import { ObjectExists } from '../storage/store.ts';
import { digestOf } from '../stream/digest.ts';
import { manifestFile, parseManifestFile } from './manifest-file.ts';
import type { RunContext } from './run-context.ts';
import { readSmall } from './store-text.ts';

export type PublishedRun = Pick<CatalogueRun, 'manifest' | 'manifestDigest' | 'signed'> & {
  /** Of manifest.json itself. */
  readonly bytes: number;
};

/**
 * Writes the manifest, which makes the run exist, and reads it back. When another attempt of this run has published
 * one in the meantime, that one stands if it holds: its objects are the ones in the store.
 */
export async function publish(context: RunContext, manifest: Manifest): Promise<PublishedRun> {
  const { store, signal, logger, task, signingKey } = context;
  const key = manifestKey(task.backup, task.run.id);
  const file = manifestFile(manifest, signingKey);
  let existed = false;
  try {
    await store.put(key, file, { ifAbsent: true, signal });
  } catch (error) {
    if (!(error instanceof ObjectExists)) throw error;
    existed = true;
    logger.warn({ key }, 'the manifest of this run exists already: another attempt published it');
  }
  const lying = await readSmall(store, key, signal);
  const read = lying === undefined ? { fault: 'it is not there' } : parseManifestFile(lying, signingKey);
  if (lying === undefined || 'fault' in read)
    throw new Failure(
      existed ? 'ManifestInvalid' : 'StoredBytesDiffer',
      `${key} in ${store.location} was written and does not read back: ${'fault' in read ? read.fault : ''}`,
    );
  if (read.digest !== digestOf(file).digest) await requireWhole(context, read.manifest);
  return { manifest: read.manifest, manifestDigest: read.digest, signed: read.signed, bytes: lying.length };
}

/** Throws `Failure` ManifestInvalid unless what another attempt published is this run, with every object it names. */
async function requireWhole({ store, signal, task }: RunContext, manifest: Manifest): Promise<void> {
  const objects: ObjectInfo[] = [];
  for await (const object of store.list(runFolder(task.backup, task.run.id))) {
    signal.throwIfAborted();
    objects.push(object);
  }
  const folder = groupByRun(task.backup, objects)[0];
  const fault = folder === undefined ? 'its folder is empty' : manifestFault(task.backup, folder, manifest);
  if (fault === undefined) return;
  throw new Failure(
    'ManifestInvalid',
    `another attempt published ${manifestKey(task.backup, task.run.id)}, which does not hold: ${fault}`,
  );
}
