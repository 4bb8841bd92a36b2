import type { BackupRepositorySpec } from '../api/v1alpha1/backup-repository.ts';
import { Failure } from '../domain/failure.ts';
import type { S3Patience } from './s3-client.ts';
import { S3Store } from './s3.ts';
import type { Store } from './store.ts';
import type { StoreSecrets } from './store-secrets.ts';
import { VolumeStore } from './volume.ts';

export { readStoreSecrets, secretValuesOf } from './store-secrets.ts';
export type { StoreSecrets } from './store-secrets.ts';

/** The store that a repository's spec names. Reaches for nothing yet. A new kind of store needs a line here. */
export function openStore(
  spec: BackupRepositorySpec,
  secrets: StoreSecrets,
  patience: S3Patience = {},
): Store {
  if (spec.s3 !== undefined) return new S3Store(spec.s3, secrets.s3 ?? {}, patience);
  if (spec.volume !== undefined) {
    if (secrets.volumeMount === undefined)
      throw new Failure('VolumeUnavailable', `nothing says where claim ${spec.volume.claimName} is mounted`);
    return new VolumeStore(spec.volume, secrets.volumeMount);
  }
  throw new Failure('TaskInvalid', 'the repository names none of the stores that this worker knows');
}
