import type { BackupDrillSpec } from '../../api/v1alpha1/backup-drill.ts';
import type { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import type { BackupName } from '../../domain/layout.ts';
import { UsageError } from '../usage-error.ts';
import type { Given, GivenObjects } from './objects.ts';

type Repository = Given<BackupRepositorySpec>;

/** The one object of a kind, or the one that `name` means. Throws `UsageError`. */
export function chooseOne<Spec>(
  kind: string,
  objects: readonly Given<Spec>[],
  name: string | undefined,
  flag = '--name',
): Given<Spec> {
  const matching = objects.filter((object) => name === undefined || object.name === name);
  const [first, ...others] = matching;
  if (first !== undefined && others.length === 0) return first;
  const names = listed(objects);
  if (objects.length === 0) throw new UsageError(`the files hold no ${kind}`);
  if (first === undefined)
    throw new UsageError(`the files hold no ${kind} of the name ${String(name)}, but ${names}`);
  throw new UsageError(
    `the files hold ${String(matching.length)} objects of kind ${kind}: ${names}. Choose one with ${flag}`,
  );
}

/** The BackupRepository that a field of `object` names, in the object's namespace. */
export function repositoryNamed(
  objects: GivenObjects,
  object: Given<unknown>,
  reference: { readonly name: string; readonly field: readonly string[] },
): Repository {
  const found = objects.repositories.find(
    ({ name, namespace }) => name === reference.name && namespace === object.namespace,
  );
  if (found !== undefined) return found;
  const field = reference.field.join('.');
  throw new UsageError(
    `${object.where(reference.field)}: ${object.kind} ${object.name}: ${field}: the files hold no BackupRepository ${reference.name} in namespace ${object.namespace}${butOthers(objects.repositories)}`,
  );
}

export interface DrillSource {
  readonly backup: BackupName;
  readonly repository: Repository;
}

/** Where a drill finds its runs. Without the PostgresBackup the only repository of the files is meant. */
export function drillSource(objects: GivenObjects, drill: Given<BackupDrillSpec>): DrillSource {
  const { repository, backupRef } = drill.spec.source;
  if (repository !== undefined) {
    const [namespace = '', name = ''] = repository.path.split('/');
    const field = ['spec', 'source', 'repository', 'repositoryRef', 'name'];
    return {
      backup: { namespace, name },
      repository: repositoryNamed(objects, drill, { name: repository.repositoryRef.name, field }),
    };
  }
  const backup = { namespace: drill.namespace, name: backupRef?.name ?? '' };
  const owner = objects.backups.find(
    ({ name, namespace }) => name === backup.name && namespace === backup.namespace,
  );
  if (owner !== undefined) {
    const field = ['spec', 'repositoryRef', 'name'];
    return {
      backup,
      repository: repositoryNamed(objects, owner, { name: owner.spec.repositoryRef.name, field }),
    };
  }
  const [only, ...others] = objects.repositories;
  if (only !== undefined && others.length === 0 && objects.backups.length === 0)
    return { backup, repository: only };
  const field = ['spec', 'source', 'backupRef', 'name'];
  throw new UsageError(
    `${drill.where(field)}: BackupDrill ${drill.name}: ${field.join('.')}: the files hold no PostgresBackup ${backup.name} in namespace ${backup.namespace}${butOthers(objects.backups)}`,
  );
}

function butOthers(objects: readonly Given<unknown>[]): string {
  return objects.length === 0 ? '' : `, but ${listed(objects)}`;
}

function listed(objects: readonly Given<unknown>[]): string {
  return objects.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
}
