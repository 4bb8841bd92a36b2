import { BackupRepositorySpec, backupRepositoryType } from '../../api/v1alpha1/backup-repository.ts';
import type { ObjectKey } from '../../base/resource.ts';
import { validateBackupRepository } from '../../domain/validate-spec.ts';
import type { Observer } from '../../runtime/controller-definition.ts';
import { readSpec } from '../read-spec.ts';
import type { SeenRepository } from './seen.ts';

/** A repository, and whether its present spec has passed a probe. */
export function readRepository(observer: Observer, key: ObjectKey): SeenRepository {
  const { name } = key;
  const repository = observer.cache(backupRepositoryType).get(key);
  if (!repository || repository.metadata.deletionTimestamp !== undefined) return { state: 'missing', name };
  const read = readSpec(BackupRepositorySpec, repository.spec, validateBackupRepository);
  if (read.state === 'invalid') return { state: 'invalid', name };
  const { spec } = read;
  const ready = repository.status?.conditions?.find(({ type }) => type === 'Ready');
  if (!ready) return { state: 'notReady', name, spec, because: 'it has not been probed yet' };
  if (ready.status !== 'True') {
    return { state: 'notReady', name, spec, because: `${ready.reason}: ${ready.message}` };
  }
  if (ready.observedGeneration !== repository.metadata.generation) {
    return { state: 'notReady', name, spec, because: 'its spec was changed and is still to be probed' };
  }
  return { state: 'ready', name, spec };
}
