import type { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import type { Input } from '../input/load.ts';
import type { Given } from '../input/objects.ts';
import { folderOfClaim } from '../input/volume-flag.ts';

/** The folder that stands for the claim of a repository on a volume. Throws `UsageError` where no flag gives one. */
export function repositoryFolder(
  { volumes }: Pick<Input, 'volumes'>,
  { spec, where }: Given<BackupRepositorySpec>,
): { repositoryFolder?: string } {
  if (spec.volume === undefined) return {};
  const field = ['spec', 'volume', 'claimName'];
  return { repositoryFolder: folderOfClaim(volumes, spec.volume.claimName, where(field)) };
}
