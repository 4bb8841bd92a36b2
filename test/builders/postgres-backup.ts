import type { z } from 'zod';
import type { ObjectMeta } from '../../src/base/resource.ts';
import type { PostgresBackup, PostgresBackupStatus } from '../../src/api/v1alpha1/postgres-backup.ts';
import { PostgresBackupSpec } from '../../src/api/v1alpha1/postgres-backup.ts';
import { objectMeta } from './object-meta.ts';

type SpecInput = z.input<typeof PostgresBackupSpec>;

export interface PostgresBackupParts {
  readonly metadata?: Partial<ObjectMeta>;
  /** Merged over the default spec at its first level; `undefined` takes a field away. */
  readonly spec?: { readonly [F in keyof SpecInput]?: SpecInput[F] | undefined };
  readonly status?: PostgresBackupStatus;
}

/** A spec as the API server would hand it out: defaults filled in. */
export function postgresBackupSpec(spec: PostgresBackupParts['spec'] = {}): PostgresBackupSpec {
  return PostgresBackupSpec.parse({
    connection: { secretRef: { name: 'shop-db' } },
    repositoryRef: { name: 'offsite' },
    schedule: '17 2 * * *',
    ...spec,
  });
}

/** The backup `shop` in namespace `shop`, to the repository `offsite`, every night at 02:17 UTC. */
export function postgresBackup(parts: PostgresBackupParts = {}): PostgresBackup {
  return {
    apiVersion: 'pgcairn.dev/v1alpha1',
    kind: 'PostgresBackup',
    metadata: objectMeta('shop', parts.metadata),
    spec: postgresBackupSpec(parts.spec),
    ...(parts.status ? { status: parts.status } : {}),
  };
}
