import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { counted } from '../../domain/amounts.ts';
import type { CatalogueRun } from '../../domain/catalogue.ts';
import { Failure } from '../../domain/failure.ts';
import { manifestKey, runFolder } from '../../domain/layout.ts';
import type { ManifestObject } from '../../domain/manifest.ts';
import { createDigester } from '../../stream/digest.ts';
import type { DrillFolders } from './folders.ts';
import type { DrillContext, Finding } from './ledger.ts';
import { Refuted, makeCheck } from './ledger.ts';
import { largeWrites, nowhere, onVolume } from './volume.ts';

/** Where the copy of an object lies on the volume, if one is kept. Names in a manifest are of our making, and checked all the same. */
export function copyPath({ copy }: DrillFolders, { path }: ManifestObject): string {
  if (!/^(attempt-\d+\/)?[a-z0-9_][a-z0-9_.-]*$/i.test(path) || path.includes('..'))
    throw new Refuted(`the manifest names an object ${JSON.stringify(path)}, which no run has`);
  return join(copy, path);
}

/** Is shown an object while it is fetched. */
export interface Onlooker {
  /** Takes the next bytes, and resolves when it may be shown more. Never fails. */
  write(data: Uint8Array): Promise<void>;
  /** The object is there, and as the manifest says. */
  end(): void;
}

export interface Fetching {
  /** The onlooker of an object, where it has one. */
  readonly watch: (object: ManifestObject) => Onlooker | undefined;
  /** Whether a copy of the object is needed as it lies in the store: see `copyPath`. */
  readonly keeps: (object: ManifestObject) => boolean;
}

/** Fetches every object of a run and compares it with the manifest. Adds the check Digests. */
export async function fetchRun(
  context: DrillContext,
  folders: DrillFolders,
  { manifest }: CatalogueRun,
  { watch, keeps }: Fetching,
): Promise<void> {
  const { task } = context;
  const folder = runFolder(task.source, manifest.runId);
  await makeCheck(context, 'Digests', async (): Promise<readonly [Finding, undefined]> => {
    for (const object of manifest.objects) {
      const body = await openObject(context, folder, object, manifest.runId);
      const onlooker = watch(object);
      const copy = copyPath(folders, object);
      await fetchVerified(context, body, object, { ...(keeps(object) ? { copy } : {}), onlooker });
      onlooker?.end();
    }
    const bytes = manifest.objects.reduce((sum, { stored }) => sum + stored.bytes, 0);
    const detail = `${counted(manifest.objects.length, 'object')} with ${counted(bytes, 'byte')}, as the manifest says`;
    return [{ outcome: 'Passed', detail, count: manifest.objects.length }, undefined];
  });
}

async function openObject(
  { store, signal, task }: DrillContext,
  folder: string,
  { path }: ManifestObject,
  runId: string,
): Promise<Readable> {
  const body = await store.get(`${folder}${path}`, { signal });
  if (body !== undefined) return body;
  // Retention takes the manifest first: with it gone the run was taken away, and is not damaged.
  if ((await store.head(manifestKey(task.source, runId))) === undefined)
    throw new Failure('NoSuchRun', `run ${runId} was removed from ${store.location} while it was fetched`);
  throw new Refuted(`object ${path} of run ${runId} is not in ${store.location}`);
}

/** What becomes of an object beside being compared. */
export interface FetchedTo {
  /** Path of the copy to make. */
  readonly copy?: string;
  readonly onlooker?: Pick<Onlooker, 'write'> | undefined;
}

/**
 * Reads an object to its end and compares it with what the manifest says of it. Throws `Refuted`. The control of the
 * drill passes through here too.
 */
export async function fetchVerified(
  { meter, signal }: Pick<DrillContext, 'meter' | 'signal'>,
  body: Readable,
  { path, stored }: ManifestObject,
  { copy, onlooker }: FetchedTo,
): Promise<void> {
  const digester = createDigester();
  async function* counted(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const data of source) {
      digester.update(data);
      meter.add(data.length);
      yield data;
      await onlooker?.write(data);
    }
  }
  await onVolume(`object ${path} was fetched`, async () => {
    if (copy !== undefined) await mkdir(dirname(copy), { recursive: true });
    const sink = copy === undefined ? nowhere() : createWriteStream(copy, largeWrites);
    await pipeline(body, counted, sink, { signal });
  });
  meter.finishObject();
  const found = digester.finish();
  if (found.digest === stored.digest && found.bytes === stored.bytes) return;
  throw new Refuted(
    `object ${path} has ${String(found.bytes)} bytes with ${found.digest}; the manifest says ${String(stored.bytes)} bytes with ${stored.digest}`,
  );
}
