import type { BackupDrill } from '../../api/v1alpha1/backup-drill.ts';
import { backupDrillType } from '../../api/v1alpha1/backup-drill.ts';
import type { PostgresBackup } from '../../api/v1alpha1/postgres-backup.ts';
import { postgresBackupType } from '../../api/v1alpha1/postgres-backup.ts';
import type { ResourceType } from '../../base/resource.ts';
import { UsageError } from '../usage-error.ts';

/** An object with runs, whichever kind it is of. */
export type Runner = PostgresBackup | BackupDrill;

export interface Target {
  readonly type: ResourceType<Runner>;
  readonly name: string;
}

const types: Readonly<Record<string, ResourceType<PostgresBackup> | ResourceType<BackupDrill>>> = {
  backup: postgresBackupType,
  pgbackup: postgresBackupType,
  postgresbackup: postgresBackupType,
  drill: backupDrillType,
  pgdrill: backupDrillType,
  backupdrill: backupDrillType,
};

/** `backup/NAME` or `drill/NAME`, also with the short and full names that kubectl takes. */
export function parseTarget(text: string): Target {
  const [kind = '', name, ...more] = text.split('/');
  const type = types[kind.toLowerCase()];
  if (type === undefined || !name || more.length > 0)
    throw new UsageError(`${JSON.stringify(text)} must be backup/NAME or drill/NAME`);
  return { type: type as ResourceType<Runner>, name };
}
