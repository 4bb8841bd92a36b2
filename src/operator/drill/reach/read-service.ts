import type { BackupRepositorySpec } from '../../../api/v1alpha1/backup-repository.ts';
import { isForbidden } from '../../../kube/errors.ts';
import { serviceType } from '../../../kube/types.ts';
import type { Observer } from '../../../runtime/controller-definition.ts';
import { storeHost } from './store-host.ts';
import type { SeenService } from './store-reach.ts';

/** Looks up the Service that the name of a store may mean; read live, since it is read once a drill. */
export async function readService(
  observer: Observer,
  repository: BackupRepositorySpec,
  namespace: string,
): Promise<SeenService> {
  const host = storeHost(repository, namespace);
  const key = host.kind === 'name' ? host.service : undefined;
  if (!key) return { state: 'none' };
  try {
    const service = await observer.live.get(serviceType, key);
    return service ? { state: 'present', service } : { state: 'absent' };
  } catch (error) {
    if (isForbidden(error)) return { state: 'hidden', key };
    throw error;
  }
}
