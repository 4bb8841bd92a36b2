import type { BackupDrill } from '../../api/v1alpha1/backup-drill.ts';
import { backupDrillType } from '../../api/v1alpha1/backup-drill.ts';
import type { BackupRepository } from '../../api/v1alpha1/backup-repository.ts';
import { backupRepositoryType } from '../../api/v1alpha1/backup-repository.ts';
import type { PostgresBackup, PostgresBackupStatus } from '../../api/v1alpha1/postgres-backup.ts';
import { postgresBackupType } from '../../api/v1alpha1/postgres-backup.ts';
import type { Job, Lease, Pod } from '../../kube/types.ts';
import { jobType, leaseType, podType } from '../../kube/types.ts';
import type { ControllerDefinition, Watch } from '../../runtime/controller-definition.ts';
import { indexes, namesBy } from '../caches.ts';
import { longestWaiting, ownerOfJob, ownerOfPod } from '../job/wakes.ts';
import { decide } from './decide.ts';
import type { ObservePorts } from '../run/observe-runs.ts';
import { observe } from './observe.ts';
import type { Seen } from './seen.ts';

const { kind } = postgresBackupType;

const jobs: Watch<Job> = { type: jobType, wakes: (job) => ownerOfJob(kind, job) };
const pods: Watch<Pod> = { type: podType, wakes: (pod) => ownerOfPod(kind, pod) };
const repositories: Watch<BackupRepository> = {
  type: backupRepositoryType,
  wakes: (repository, caches) => namesBy(caches, postgresBackupType, indexes.repository, repository),
};
/** Who waits longest for a server looks again when its Lease changes; the others look now and then. */
const leases: Watch<Lease> = {
  type: leaseType,
  wakes: (lease, caches) => longestWaiting(kind, lease, caches.cache(jobType)),
};
/** What a drill proved is also said of the backup. */
const drills: Watch<BackupDrill> = {
  type: backupDrillType,
  wakes: ({ metadata, spec }) => {
    const stored = spec as Partial<BackupDrill['spec']> | undefined;
    const name = stored?.source?.backupRef?.name;
    return name === undefined ? [] : [{ namespace: metadata.namespace ?? '', name }];
  },
};

/** Runs backups: a PostgresBackup, its Jobs with their pods, the Lease of its server, the repository that it names, and drills of its runs. */
export function backupController(
  ports: ObservePorts,
): ControllerDefinition<PostgresBackup, Seen, PostgresBackupStatus> {
  return {
    name: 'backup',
    type: postgresBackupType,
    watches: [jobs, pods, leases, repositories, drills],
    concurrency: 8,
    timeoutSeconds: 60,
    observe: async (observer, key) => await observe(ports, observer, key),
    decide,
  };
}
