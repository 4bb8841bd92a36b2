import type { z } from 'zod';
import type { ObjectMeta } from '../../src/base/resource.ts';
import type { BackupRepository, BackupRepositoryStatus } from '../../src/api/v1alpha1/backup-repository.ts';
import { BackupRepositorySpec } from '../../src/api/v1alpha1/backup-repository.ts';
import { objectMeta } from './object-meta.ts';

type SpecInput = z.input<typeof BackupRepositorySpec>;

export interface BackupRepositoryParts {
  readonly metadata?: Partial<ObjectMeta>;
  /** Merged over the default spec at its first level; `undefined` takes a field away. */
  readonly spec?: { readonly [F in keyof SpecInput]?: SpecInput[F] | undefined };
  readonly status?: BackupRepositoryStatus;
}

/** An age recipient whose identity nobody has. */
export const someRecipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';

/** A spec as the API server would hand it out: defaults filled in. */
export function backupRepositorySpec(spec: BackupRepositoryParts['spec'] = {}): BackupRepositorySpec {
  return BackupRepositorySpec.parse({
    s3: { bucket: 'acme-backups', prefix: 'postgres', credentialsSecretRef: { name: 'offsite-s3' } },
    encryption: { age: { recipients: [someRecipient] } },
    ...spec,
  });
}

export function backupRepository(parts: BackupRepositoryParts = {}): BackupRepository {
  return {
    apiVersion: 'pgcairn.dev/v1alpha1',
    kind: 'BackupRepository',
    metadata: objectMeta('offsite', parts.metadata),
    spec: backupRepositorySpec(parts.spec),
    ...(parts.status ? { status: parts.status } : {}),
  };
}

/** A repository whose last probe of the present spec passed. */
export function readyBackupRepository(parts: BackupRepositoryParts = {}): BackupRepository {
  const observedGeneration = parts.metadata?.generation ?? 1;
  return backupRepository({
    ...parts,
    status: {
      observedGeneration,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'ProbePassed',
          message: 'wrote, read, listed and deleted 8 MiB in 412 ms',
          observedGeneration,
          lastTransitionTime: '2026-11-20T00:00:05Z',
        },
      ],
      lastProbeTime: '2026-11-20T00:00:05Z',
      store: 'S3',
      location: 'acme-backups/postgres',
      ...parts.status,
    },
  });
}
