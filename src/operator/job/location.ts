import type { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';

/**
 * The place that a repository is in, to be compared and to be read by people: what it is reached with, how it is
 * encrypted and in which region requests are signed may change without runs being elsewhere.
 */
export function locationOf({ s3, volume }: BackupRepositorySpec): string {
  if (s3) {
    const place = s3.prefix === undefined ? s3.bucket : `${s3.bucket}/${s3.prefix}`;
    return `s3://${place} at ${s3.endpoint === undefined ? 'AWS' : new URL(s3.endpoint).origin}`;
  }
  if (volume) {
    const { claimName, path } = volume;
    return `volume ${path === undefined ? claimName : `${claimName}/${path}`}`;
  }
  return 'no store';
}
