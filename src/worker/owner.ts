import { assertNever } from '../base/assert-never.ts';
import type { Logger } from '../base/logger.ts';
import { Failure } from '../domain/failure.ts';
import type { BackupName } from '../domain/layout.ts';
import { ownerKey } from '../domain/layout.ts';
import type { Claimant } from '../domain/owner-marker.ts';
import { claimFolder, OwnerMarker } from '../domain/owner-marker.ts';
import type { Store } from '../storage/store.ts';
import { readSmall } from './store-text.ts';

export interface OwnerContext {
  readonly store: Store;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly now: Date;
}

/** The owner file of a backup's folder. Throws `Failure` PrefixForeign where it is none of ours. */
export async function readOwner(
  store: Store,
  backup: BackupName,
  signal: AbortSignal,
): Promise<OwnerMarker | undefined> {
  const key = ownerKey(backup);
  const file = await readSmall(store, key, signal);
  return file === undefined ? undefined : parseMarker(file, key, store.location);
}

/**
 * Makes the backup's folder ours, or throws `Failure` PrefixForeign. `took`: it was another's until now, who may be in
 * the middle of a run.
 */
export async function claimBackupFolder(
  context: OwnerContext,
  claimant: Claimant,
): Promise<{ readonly took: boolean }> {
  const { store, logger, signal, now } = context;
  const key = ownerKey(claimant);
  const claim = claimFolder(await readOwner(store, claimant, signal), claimant, now);
  const write = async (marker: OwnerMarker): Promise<void> => {
    await store.put(key, Buffer.from(`${JSON.stringify(marker, undefined, 2)}\n`), { signal });
  };
  switch (claim.kind) {
    case 'Own':
      return { took: false };
    case 'Foreign':
      if (claim.marker !== undefined) await write(claim.marker);
      throw new Failure(
        'PrefixForeign',
        `${key} in ${store.location} says that this place is not this object's alone: ${claim.because}`,
      );
    case 'Write':
      if (claim.took !== undefined)
        logger.warn(
          { key, previousUid: claim.took },
          'took over the folder of an earlier object of the same name',
        );
      await write(claim.marker);
      return { took: claim.took !== undefined };
    default:
      return assertNever(claim);
  }
}

function parseMarker(file: Buffer, key: string, location: string): OwnerMarker {
  try {
    return OwnerMarker.parse(JSON.parse(file.toString('utf8')));
  } catch {
    throw new Failure(
      'PrefixForeign',
      `${key} in ${location} is no owner file of pgcairn: remove it, or use another prefix`,
    );
  }
}
