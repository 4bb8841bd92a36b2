import { z } from 'zod';
import type { KubeObject, ResourceType } from '../../base/resource.ts';
import { withRule } from '../rule.ts';
import type { BackupRepositoryStatus } from './backup-repository-status.ts';
import { EncryptionSpec } from './encryption.ts';
import { objectName, relativePath, SigningKeyRef } from './names.ts';
import { S3Spec } from './s3.ts';

export { S3Spec } from './s3.ts';
export type { BackupRepositoryStatus } from './backup-repository-status.ts';

export const VolumeSpec = z.strictObject({
  claimName: objectName.describe(
    'claimName is the name of the PersistentVolumeClaim, in the namespace of this object. Runs on a former claim stay where they are.',
  ),
  path: relativePath
    .describe('path is the folder on the volume below which everything is written. Absent: its root.')
    .optional(),
});
export type VolumeSpec = z.infer<typeof VolumeSpec>;

const fields = z.strictObject({
  s3: S3Spec.describe('s3 keeps backups in a bucket of an S3-compatible store.').optional(),
  volume: VolumeSpec.describe('volume keeps backups on a PersistentVolumeClaim.').optional(),
  encryption: EncryptionSpec.describe('encryption says for whom backups are encrypted; exactly one member.'),
  signing: z
    .strictObject({
      keySecretRef: SigningKeyRef.describe(
        'keySecretRef names the Ed25519 private key that manifests are signed with.',
      ),
    })
    .describe('signing signs the manifest of every run. Absent: manifests carry digests, but no signature.')
    .optional(),
  probe: z
    .strictObject({
      intervalSeconds: z
        .int()
        .min(60)
        .max(2_592_000)
        .describe('intervalSeconds is the time in seconds from one probe to the next.')
        .default(86_400),
    })
    .describe('probe says how often the store is tried: write, read back, list, delete.')
    .prefault({}),
  suspend: z.boolean().describe('suspend stops probes while it is true. Backups go on.').default(false),
});

/** Where backups live, and for whom they are encrypted. */
export const BackupRepositorySpec = withRule(fields, {
  holds: ({ s3, volume }) => [s3, volume].filter((store) => store !== undefined).length === 1,
  cel: '[has(self.s3), has(self.volume)].filter(given, given).size() == 1',
  message: 'give exactly one of s3 and volume',
});
export type BackupRepositorySpec = z.infer<typeof BackupRepositorySpec>;

export interface BackupRepository extends KubeObject {
  readonly spec: BackupRepositorySpec;
  readonly status?: BackupRepositoryStatus;
}

export const backupRepositoryType: ResourceType<BackupRepository> = {
  group: 'pgcairn.dev',
  version: 'v1alpha1',
  kind: 'BackupRepository',
  plural: 'backuprepositories',
};
