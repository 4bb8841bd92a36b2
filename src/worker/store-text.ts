import { buffer } from 'node:stream/consumers';
import type { Store } from '../storage/store.ts';

/** The bytes of a small object; undefined where there is none. */
export async function readSmall(store: Store, key: string, signal: AbortSignal): Promise<Buffer | undefined> {
  const body = await store.get(key, { signal });
  return body === undefined ? undefined : await buffer(body);
}
