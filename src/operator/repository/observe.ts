import type { BackupRepository } from '../../api/v1alpha1/backup-repository.ts';
import { BackupRepositorySpec, backupRepositoryType } from '../../api/v1alpha1/backup-repository.ts';
import type { ObjectKey } from '../../base/resource.ts';
import type { Job } from '../../kube/types.ts';
import type { Observer } from '../../runtime/controller-definition.ts';
import type { SeenJob } from '../job/outcome.ts';
import { findJob, jobsByOwnerName, ofFormerOwner, withPods } from '../job/read-jobs.ts';
import { isHeld } from '../job/release.ts';
import { isControlledBy } from '../marks.ts';
import { validateBackupRepository } from '../../domain/validate-spec.ts';
import { readSpec } from '../read-spec.ts';
import type { Settings } from '../settings.ts';
import type { Seen, SeenProbe } from './seen.ts';

/** Reads everything that a pass over one BackupRepository may need. */
export async function observe(settings: Settings, observer: Observer, key: ObjectKey): Promise<Seen> {
  const repository = observer.cache(backupRepositoryType).get(key);
  const jobs = jobsByOwnerName(observer, backupRepositoryType.kind, key);
  const orphans = asSeen(await ofFormerOwner(observer, backupRepositoryType, key, jobs, repository));
  if (!repository) return { state: 'absent', orphans };
  const probeName = repository.status?.currentProbe?.jobName;
  const others = jobs.filter(
    (job) => isControlledBy(job, repository) && job.metadata.name !== probeName && isHeld(job),
  );
  return {
    state: 'present',
    settings,
    repository,
    spec: readSpec(BackupRepositorySpec, repository.spec, validateBackupRepository),
    probe: await seeProbe(observer, repository, probeName),
    others: asSeen(others),
    orphans,
  };
}

async function seeProbe(
  observer: Observer,
  repository: BackupRepository,
  name: string | undefined,
): Promise<SeenProbe> {
  if (name === undefined) return { state: 'none' };
  const job = await findJob(observer, { namespace: repository.metadata.namespace ?? '', name });
  if (!job) return { state: 'absent' };
  if (!isControlledBy(job, repository)) return { state: 'foreign', name };
  return { state: 'ours', ...(await withPods(observer, job)) };
}

/** Jobs whose pods are of no interest. */
function asSeen(jobs: readonly Job[]): readonly SeenJob[] {
  return jobs.map((job) => ({ job, pods: [] }));
}
