import { readmeKey } from '../domain/layout.ts';
import type { Store } from '../storage/store.ts';
import { readmeText } from './readme-text.ts';
import { readSmall } from './store-text.ts';

/** Puts README.md at the repository's prefix, when it is absent or says something else. */
export async function ensureReadme(store: Store, signal: AbortSignal): Promise<void> {
  const wanted = Buffer.from(readmeText);
  const present = await readSmall(store, readmeKey, signal);
  if (present?.equals(wanted) === true) return;
  await store.put(readmeKey, wanted, { signal });
}
