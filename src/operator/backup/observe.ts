import type { BackupDrill } from '../../api/v1alpha1/backup-drill.ts';
import { backupDrillType } from '../../api/v1alpha1/backup-drill.ts';
import type { PostgresBackup } from '../../api/v1alpha1/postgres-backup.ts';
import { PostgresBackupSpec, postgresBackupType } from '../../api/v1alpha1/postgres-backup.ts';
import type { ObjectKey } from '../../base/resource.ts';
import { validatePostgresBackup } from '../../domain/validate-spec.ts';
import type { Observer } from '../../runtime/controller-definition.ts';
import { indexes } from '../caches.ts';
import { readSpec } from '../read-spec.ts';
import type { ObservePorts } from '../run/observe-runs.ts';
import { observeOrphans, observeRuns } from '../run/observe-runs.ts';
import { readRepository } from '../run/read-repository.ts';
import { isNamespaceGoing } from './read-namespace.ts';
import type { Seen } from './seen.ts';
import { serverKey, serverLeaseName } from './server-key.ts';

/** Reads everything that a pass over one PostgresBackup may need. */
export async function observe(ports: ObservePorts, observer: Observer, key: ObjectKey): Promise<Seen> {
  const backup = observer.cache(postgresBackupType).get(key);
  const spec =
    backup && readSpec(PostgresBackupSpec, backup.spec, (read) => validatePostgresBackup(read, ports.now()));
  const lease = backup && spec?.state === 'valid' ? serverLeaseName(serverKey(backup, spec.spec)) : undefined;
  const looking = { ports, observer, servers: { shared: true, lease } } as const;
  const orphans = await observeOrphans(looking, postgresBackupType, key, backup);
  if (!backup || !spec) return { state: 'absent', orphans };
  return {
    state: 'present',
    settings: ports.settings,
    owner: backup,
    spec,
    repository: readRepository(observer, repositoryOf(backup)),
    ...(await observeRuns(looking, backup, backup.status?.currentRun)),
    orphans,
    namespaceGoes: await isNamespaceGoing(observer, backup),
    drills: drillsOf(observer, key),
  };
}

/** Those whose spec names the backup. */
function drillsOf(observer: Observer, { namespace, name }: ObjectKey): readonly BackupDrill[] {
  return observer.cache(backupDrillType).byIndex(indexes.backup, `${namespace}/${name}`);
}

/** As stored: also an object whose spec is invalid elsewhere may have runs to remove. */
function repositoryOf({ metadata, spec }: PostgresBackup): ObjectKey {
  const stored = spec as Partial<PostgresBackup['spec']> | undefined;
  return { namespace: metadata.namespace ?? '', name: stored?.repositoryRef?.name ?? '' };
}
