import type { BackupRepository } from '../../api/v1alpha1/backup-repository.ts';
import { backupRepositoryType } from '../../api/v1alpha1/backup-repository.ts';
import type { PostgresBackup, PostgresBackupStatus } from '../../api/v1alpha1/postgres-backup.ts';
import { postgresBackupType } from '../../api/v1alpha1/postgres-backup.ts';
import type { Job, Pod } from '../../kube/types.ts';
import { jobType, podType } from '../../kube/types.ts';
import type { ControllerDefinition, Watch } from '../../runtime/controller-definition.ts';
import { indexes } from '../caches.ts';
import { ownerOfJob, ownerOfPod } from '../job/wakes.ts';
import { decide } from './decide.ts';
import type { ObservePorts } from '../run/observe-runs.ts';
import { observe } from './observe.ts';
import type { Seen } from './seen.ts';

const { kind } = postgresBackupType;

const jobs: Watch<Job> = { type: jobType, wakes: (job) => ownerOfJob(kind, job) };
const pods: Watch<Pod> = { type: podType, wakes: (pod) => ownerOfPod(kind, pod) };
const repositories: Watch<BackupRepository> = {
  type: backupRepositoryType,
  wakes: ({ metadata }, caches) =>
    caches
      .cache(postgresBackupType)
      .byIndex(indexes.repository, `${metadata.namespace ?? ''}/${metadata.name}`)
      .map((backup) => ({ namespace: backup.metadata.namespace ?? '', name: backup.metadata.name })),
};

/** Runs backups: a PostgresBackup, its Jobs with their pods, and the repository that it names. */
export function backupController(
  ports: ObservePorts,
): ControllerDefinition<PostgresBackup, Seen, PostgresBackupStatus> {
  return {
    name: 'backup',
    type: postgresBackupType,
    watches: [jobs, pods, repositories],
    concurrency: 8,
    timeoutSeconds: 60,
    observe: async (observer, key) => await observe(ports, observer, key),
    decide,
  };
}
