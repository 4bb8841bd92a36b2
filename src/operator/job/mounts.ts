import type { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import type { ConnectionSpec } from '../../api/v1alpha1/postgres-backup.ts';
import { workerPaths } from '../../task/paths.ts';

/** A Secret or a claim that a worker finds as a folder; `path` is relative to the worker's root. */
export type Mount =
  | {
      readonly kind: 'secret';
      readonly path: string;
      readonly secretName: string;
      /** Only this key, as a file of its name; absent: every key. */
      readonly key?: string;
    }
  | { readonly kind: 'claim'; readonly path: string; readonly claimName: string };

/** What a connection to PostgreSQL needs. */
export function connectionMounts(connection: ConnectionSpec): readonly Mount[] {
  const { caSecretKeyRef, clientCertSecretRef } = connection.tls;
  return [
    secret(workerPaths.connection, connection.secretRef.name),
    ...(caSecretKeyRef ? [secret(workerPaths.connectionCa, caSecretKeyRef.name, caSecretKeyRef.key)] : []),
    ...(clientCertSecretRef ? [secret(workerPaths.connectionClient, clientCertSecretRef.name)] : []),
  ];
}

/** What a repository needs. */
export function repositoryMounts(repository: BackupRepositorySpec): readonly Mount[] {
  const credentials = repository.s3?.credentialsSecretRef;
  const ca = repository.s3?.caSecretKeyRef;
  const signing = repository.signing?.keySecretRef;
  return [
    ...(credentials ? [secret(workerPaths.store, credentials.name)] : []),
    ...(ca ? [secret(workerPaths.storeCa, ca.name, ca.key)] : []),
    ...(signing ? [secret(workerPaths.signing, signing.name, signing.key)] : []),
    ...(repository.volume
      ? [
          {
            kind: 'claim',
            path: workerPaths.repository,
            claimName: repository.volume.claimName,
          } as const,
        ]
      : []),
  ];
}

function secret(path: string, secretName: string, key?: string): Mount {
  return { kind: 'secret', path, secretName, ...(key !== undefined && { key }) };
}
