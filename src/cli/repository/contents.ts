import type { BackupName } from '../../domain/layout.ts';
import { evidenceNames, isRunId } from '../../domain/layout.ts';
import { UsageError } from '../usage-error.ts';
import type { OpenedRepository } from './open.ts';

/** Evidence that lies in a repository. */
export interface DrillRun {
  readonly drill: BackupName;
  readonly runId: string;
}

export interface Contents {
  /** By name. */
  readonly backups: readonly BackupName[];
  /** Every drill run that left its envelope, oldest first within a drill. */
  readonly evidence: readonly DrillRun[];
}

const drillsFolder = '_drills';

/** What a repository holds, by its list of objects alone. */
export async function readContents({ store, signal }: OpenedRepository): Promise<Contents> {
  const backups = new Map<string, BackupName>();
  const evidence: DrillRun[] = [];
  for await (const { key } of store.list('')) {
    signal.throwIfAborted();
    const parts = key.split('/');
    if (parts[0] === drillsFolder) evidence.push(...drillRunOf(parts.slice(1)));
    else for (const backup of backupOf(parts)) backups.set(`${backup.namespace}/${backup.name}`, backup);
  }
  return { backups: [...backups.values()], evidence };
}

function backupOf([namespace = '', name = '', third = '', ...more]: readonly string[]): BackupName[] {
  if (namespace === '' || namespace.startsWith('_') || name === '') return [];
  return (isRunId(third) && more.length > 0) || third === 'OWNER.json' ? [{ namespace, name }] : [];
}

function drillRunOf([namespace = '', name = '', runId = '', file, ...more]: readonly string[]): DrillRun[] {
  if (!isRunId(runId) || file !== evidenceNames.envelope || more.length > 0) return [];
  return [{ drill: { namespace, name }, runId }];
}

/** `namespace/name` of a flag. */
export function parseBackupName(flag: string, text: string): BackupName {
  const [namespace, name, ...more] = text.split('/');
  if (!namespace || !name || more.length > 0)
    throw new UsageError(`${flag} must be NAMESPACE/NAME, as the folders in the repository are called`);
  return { namespace, name };
}

export function titleOf({ namespace, name }: BackupName): string {
  return `${namespace}/${name}`;
}
