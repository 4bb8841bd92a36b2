import type { z } from 'zod';
import type { BackupDrill, BackupDrillStatus } from '../../src/api/v1alpha1/backup-drill.ts';
import { BackupDrillSpec } from '../../src/api/v1alpha1/backup-drill.ts';
import type { ObjectMeta } from '../../src/base/resource.ts';
import { objectMeta } from './object-meta.ts';

type SpecInput = z.input<typeof BackupDrillSpec>;

export interface BackupDrillParts {
  readonly metadata?: Partial<ObjectMeta>;
  /** Merged over the default spec at its first level; `undefined` takes a field away. */
  readonly spec?: { readonly [F in keyof SpecInput]?: SpecInput[F] | undefined };
  readonly status?: BackupDrillStatus;
}

/** A spec as the API server would hand it out: defaults filled in. */
export function backupDrillSpec(spec: BackupDrillParts['spec'] = {}): BackupDrillSpec {
  return BackupDrillSpec.parse({
    source: { backupRef: { name: 'shop' } },
    identitySecretRef: { name: 'shop-age-identity' },
    schedule: '0 3 1 * *',
    ...spec,
  });
}

/** The drill `shop-monthly` in namespace `shop`, of the backup `shop`, at 03:00 UTC on the first of each month. */
export function backupDrill(parts: BackupDrillParts = {}): BackupDrill {
  return {
    apiVersion: 'pgcairn.dev/v1alpha1',
    kind: 'BackupDrill',
    metadata: objectMeta('shop-monthly', parts.metadata),
    spec: backupDrillSpec(parts.spec),
    ...(parts.status ? { status: parts.status } : {}),
  };
}
