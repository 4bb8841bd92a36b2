import type { BackupDrillSpec } from '../../api/v1alpha1/backup-drill.ts';
import type { PostgresBackup } from '../../api/v1alpha1/postgres-backup.ts';
import type { Settings } from '../settings.ts';

/** The image of the throw-away server: the owner's, else that of the installation for the major. */
export function serverImage(
  { server }: BackupDrillSpec,
  backup: PostgresBackup | undefined,
  { drillServerImage }: Settings,
): string | undefined {
  if (server.image !== undefined) return server.image;
  const major = serverMajor(backup);
  return major === undefined ? undefined : drillServerImage.replaceAll('{major}', String(major));
}

/** The major of the server that a backup reads from; undefined while no run has told it. */
function serverMajor(backup: PostgresBackup | undefined): number | undefined {
  const major = Number.parseInt(backup?.status?.server?.version ?? '', 10);
  return Number.isNaN(major) ? undefined : major;
}
