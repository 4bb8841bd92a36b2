import { Failure } from '../domain/failure.ts';
import type { ManifestObject } from '../domain/manifest.ts';
import type { Store } from '../storage/store.ts';
import { digestStream } from '../stream/digest.ts';
import type { Meter } from '../stream/meter.ts';

export interface ReadBackContext {
  readonly store: Store;
  readonly meter: Meter;
  readonly signal: AbortSignal;
}

/** Reads every object of a run back from the store and compares its digest. Throws `Failure` StoredBytesDiffer. */
export async function readBack(
  context: ReadBackContext,
  folder: string,
  objects: readonly ManifestObject[],
): Promise<void> {
  for (const object of objects) await readBackOne(context, `${folder}${object.path}`, object);
}

async function readBackOne(context: ReadBackContext, key: string, object: ManifestObject): Promise<void> {
  const { store, meter, signal } = context;
  const body = await store.get(key, { signal });
  if (body === undefined)
    throw new Failure('StoredBytesDiffer', `${key} was written to ${store.location} and is not there`);
  const found = await digestStream(body, (bytes) => meter.add(bytes));
  if (found.digest === object.stored.digest && found.bytes === object.stored.bytes) return;
  throw new Failure(
    'StoredBytesDiffer',
    `${key} in ${store.location} has ${String(found.bytes)} bytes with ${found.digest}; written were ${String(object.stored.bytes)} with ${object.stored.digest}`,
  );
}
