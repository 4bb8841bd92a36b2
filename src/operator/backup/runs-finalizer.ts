import { postgresBackupType } from '../../api/v1alpha1/postgres-backup.ts';
import type { Action } from '../../runtime/decision.ts';
import { finalizers, uidOf } from '../marks.ts';
import type { SeenPresent } from './seen.ts';

/** Adds or removes the finalizer as deletionPolicy asks, in a write of its own before anything lies in the store. */
export function wantedFinalizer(seen: SeenPresent, wanted: boolean): Action | undefined {
  if (hasRunsFinalizer(seen) === wanted) return undefined;
  return wanted ? patchFinalizers(seen, [...otherFinalizers(seen), finalizers.runs]) : removeFinalizer(seen);
}

export function hasRunsFinalizer({ owner: backup }: SeenPresent): boolean {
  return backup.metadata.finalizers?.includes(finalizers.runs) ?? false;
}

function otherFinalizers({ owner: backup }: SeenPresent): readonly string[] {
  return (backup.metadata.finalizers ?? []).filter((name) => name !== finalizers.runs);
}

export function removeFinalizer(seen: SeenPresent): Action {
  return patchFinalizers(seen, otherFinalizers(seen));
}

function patchFinalizers({ owner: backup }: SeenPresent, names: readonly string[]): Action {
  const { namespace, name, resourceVersion } = backup.metadata;
  return {
    do: 'patch',
    type: postgresBackupType,
    key: { namespace: namespace ?? '', name },
    uid: uidOf(backup),
    ...(resourceVersion !== undefined && { resourceVersion }),
    patch: { metadata: { finalizers: names } },
  };
}
