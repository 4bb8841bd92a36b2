import type { BackupRepository, BackupRepositoryStatus } from '../../api/v1alpha1/backup-repository.ts';
import { backupRepositoryType } from '../../api/v1alpha1/backup-repository.ts';
import type { Job, Pod } from '../../kube/types.ts';
import { jobType, podType } from '../../kube/types.ts';
import type { ControllerDefinition, Watch } from '../../runtime/controller-definition.ts';
import { ownerOfJob, ownerOfPod } from '../job/wakes.ts';
import type { Settings } from '../settings.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';
import type { Seen } from './seen.ts';

const { kind } = backupRepositoryType;

const jobs: Watch<Job> = { type: jobType, wakes: (job) => ownerOfJob(kind, job) };
const pods: Watch<Pod> = { type: podType, wakes: (pod) => ownerOfPod(kind, pod) };

/** Probes repositories: a BackupRepository and its probe Jobs with their pods. */
export function repositoryController(
  settings: Settings,
): ControllerDefinition<BackupRepository, Seen, BackupRepositoryStatus> {
  return {
    name: 'repository',
    type: backupRepositoryType,
    watches: [jobs, pods],
    concurrency: 4,
    timeoutSeconds: 60,
    observe: async (observer, key) => await observe(settings, observer, key),
    decide,
  };
}
