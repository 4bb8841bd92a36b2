import type { PostgresBackup } from '../../api/v1alpha1/postgres-backup.ts';
import { isForbidden } from '../../kube/errors.ts';
import { namespaceType } from '../../kube/types.ts';
import type { Observer } from '../../runtime/controller-definition.ts';

/**
 * Whether the namespace of an object that goes is going too: no Job can be made there any more, and the Secrets that
 * one would need go along. Read live, and only for an object that goes. Where that may not be read, false: the object
 * is then let go when its patience ends.
 */
export async function isNamespaceGoing(observer: Observer, { metadata }: PostgresBackup): Promise<boolean> {
  if (metadata.deletionTimestamp === undefined) return false;
  try {
    const key = { namespace: '', name: metadata.namespace ?? '' };
    const namespace = await observer.live.get(namespaceType, key);
    return namespace?.metadata.deletionTimestamp !== undefined;
  } catch (error) {
    if (isForbidden(error)) return false;
    throw error;
  }
}
