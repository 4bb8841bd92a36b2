import type { BackupDrill, BackupDrillStatus } from '../../api/v1alpha1/backup-drill.ts';
import { backupDrillType } from '../../api/v1alpha1/backup-drill.ts';
import type { BackupRepository } from '../../api/v1alpha1/backup-repository.ts';
import { backupRepositoryType } from '../../api/v1alpha1/backup-repository.ts';
import type { PostgresBackup } from '../../api/v1alpha1/postgres-backup.ts';
import { postgresBackupType } from '../../api/v1alpha1/postgres-backup.ts';
import type { ObjectKey } from '../../base/resource.ts';
import type { Job, Pod } from '../../kube/types.ts';
import { jobType, podType } from '../../kube/types.ts';
import type { ControllerDefinition, Observer, Watch } from '../../runtime/controller-definition.ts';
import { indexes, namesBy } from '../caches.ts';
import { ownerOfJob, ownerOfPod } from '../job/wakes.ts';
import type { ObservePorts } from '../run/observe-runs.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';
import type { Seen } from './seen.ts';

const { kind } = backupDrillType;
type Caches = Pick<Observer, 'cache'>;

const jobs: Watch<Job> = { type: jobType, wakes: (job) => ownerOfJob(kind, job) };
const pods: Watch<Pod> = { type: podType, wakes: (pod) => ownerOfPod(kind, pod) };
const backups: Watch<PostgresBackup> = {
  type: postgresBackupType,
  wakes: (backup, caches) => drillsOf(caches, backup),
};
const repositories: Watch<BackupRepository> = {
  type: backupRepositoryType,
  wakes: (repository, caches) => [
    ...namesBy(caches, backupDrillType, indexes.repository, repository),
    ...caches
      .cache(postgresBackupType)
      .byIndex(indexes.repository, `${repository.metadata.namespace ?? ''}/${repository.metadata.name}`)
      .flatMap((backup) => drillsOf(caches, backup)),
  ],
};

/** Runs drills: a BackupDrill, its Jobs with their pods, and the backup and repository that it restores from. */
export function drillController(
  ports: ObservePorts,
): ControllerDefinition<BackupDrill, Seen, BackupDrillStatus> {
  return {
    name: 'drill',
    type: backupDrillType,
    watches: [jobs, pods, backups, repositories],
    concurrency: 4,
    timeoutSeconds: 60,
    observe: async (observer, key) => await observe(ports, observer, key),
    decide,
  };
}

function drillsOf(caches: Caches, backup: PostgresBackup): readonly ObjectKey[] {
  return namesBy(caches, backupDrillType, indexes.backup, backup);
}
