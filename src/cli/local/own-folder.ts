import type { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import { Failure } from '../../domain/failure.ts';
import { ownerKey } from '../../domain/layout.ts';
import type { Claimant } from '../../domain/owner-marker.ts';
import { openStore, readStoreSecrets, secretValuesOf } from '../../storage/open.ts';
import { workerPaths } from '../../task/paths.ts';
import { readOwner } from '../../worker/owner.ts';
import type { TaskRoot } from '../root/task-root.ts';
import type { Surroundings } from '../surroundings.ts';
import { localUid } from './run-id.ts';

/**
 * A run takes the folder of an earlier object of the same name over, which is what making it again in a cluster means.
 * A run on a laptop must not do that to an object that lives: the next run of the cluster would then be refused.
 * Throws `Failure` PrefixForeign.
 */
export async function requireOwnFolder(
  { repository, backup }: { readonly repository: BackupRepositorySpec; readonly backup: Claimant },
  root: TaskRoot,
  { scrubber, signal }: Pick<Surroundings, 'scrubber' | 'signal'>,
): Promise<void> {
  if (backup.uid !== localUid) return;
  const secrets = await readStoreSecrets(repository, root.path, workerPaths);
  for (const value of secretValuesOf(secrets)) scrubber.add(value);
  const store = openStore(repository, secrets);
  try {
    const owner = await readOwner(store, backup, signal);
    if (owner === undefined || owner.uid === localUid) return;
    const { namespace, name } = backup;
    throw new Failure(
      'PrefixForeign',
      `${ownerKey(backup)} in ${store.location} says that PostgresBackup ${namespace}/${name} of a cluster (uid ${owner.uid}) writes there: run it there with \`pgcairn run backup/${name} -n ${namespace}\`, give this one another name or prefix, or use the object as \`kubectl get -o yaml\` prints it`,
    );
  } finally {
    await store.close();
  }
}
