import type { BackupDrillSpec } from '../../api/v1alpha1/backup-drill.ts';
import type { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import type { PostgresBackupSpec } from '../../api/v1alpha1/postgres-backup.ts';
import { workerPaths } from '../../task/paths.ts';
import type { SecretKeys } from '../input/secret-document.ts';
import type { Secrets } from '../input/secrets.ts';
import type { Given } from '../input/objects.ts';
import { UsageError } from '../usage-error.ts';

/** A Secret that a spec names, and where below a worker's root it belongs. */
export interface SecretNeed {
  /** Of the object, from its top. */
  readonly field: readonly string[];
  readonly folder: string;
  readonly name: string;
  /** Only this key; absent: all of them. */
  readonly key?: string;
}

type Reference = { readonly name: string; readonly key?: string } | undefined;

function need(field: string, folder: string, reference: Reference): SecretNeed[] {
  if (reference === undefined) return [];
  const { name, key } = reference;
  return [{ field: ['spec', ...field.split('.')], folder, name, ...(key === undefined ? {} : { key }) }];
}

export function repositoryNeeds({ s3, signing }: BackupRepositorySpec): SecretNeed[] {
  return [
    ...need('s3.credentialsSecretRef', workerPaths.store, s3?.credentialsSecretRef),
    ...need('s3.caSecretKeyRef', workerPaths.storeCa, s3?.caSecretKeyRef),
    ...need('signing.keySecretRef', workerPaths.signing, signing?.keySecretRef),
  ];
}

export function backupNeeds({ connection: { secretRef, tls } }: PostgresBackupSpec): SecretNeed[] {
  return [
    ...need('connection.secretRef', workerPaths.connection, secretRef),
    ...need('connection.tls.caSecretKeyRef', workerPaths.connectionCa, tls.caSecretKeyRef),
    ...need('connection.tls.clientCertSecretRef', workerPaths.connectionClient, tls.clientCertSecretRef),
  ];
}

export function drillNeeds({ identitySecretRef }: BackupDrillSpec): SecretNeed[] {
  return need('identitySecretRef', workerPaths.identity, identitySecretRef);
}

/** A Secret with the folder that it goes into. */
export interface PlacedSecret {
  readonly folder: string;
  readonly keys: SecretKeys;
}

/** Finds what `object` needs. Throws `UsageError` that names the field of the first Secret or key that is absent. */
export function placeSecrets(
  secrets: Secrets,
  object: Given<unknown>,
  needs: readonly SecretNeed[],
): PlacedSecret[] {
  return needs.map(({ field, folder, name, key }) => {
    const keys = secrets.find(object.namespace, name);
    const title = `${object.where(field)}: ${object.kind} ${object.name}: ${field.join('.')}`;
    if (keys === undefined)
      throw new UsageError(
        `${title}: Secret ${name} is not given: add it to the files, or give --secret ${name}=FOLDER`,
      );
    if (key === undefined) return { folder, keys };
    const value = keys.get(key);
    if (value === undefined)
      throw new UsageError(
        `${title}: Secret ${name} has no key ${key}: add it, or give --secret-env ${name}:${key}=VARIABLE`,
      );
    return { folder, keys: new Map([[key, value]]) };
  });
}
