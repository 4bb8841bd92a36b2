import type { BackupRepository, BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import { sha256Hex } from '../../base/hash.ts';
import type { KubeObject } from '../../base/resource.ts';
import { childName } from '../../domain/slot.ts';
import type { Job } from '../../kube/types.ts';
import { repositoryMounts } from '../job/mounts.ts';
import { openEgress, workerNetworkPolicy } from '../job/network-policy.ts';
import { workerJob } from '../job/worker-job.ts';
import { notes, uidOf } from '../marks.ts';
import type { Settings } from '../settings.ts';

/** A probe takes seconds; this leaves room for pulling an image. */
export const probeDeadlineSeconds = 600;

/** Name of the Job of the probe that was begun at `startTime`, on that request where there was one. */
export function probeJobName(
  repository: BackupRepository,
  startTime: string,
  request: string | undefined,
): string {
  const { generation, name } = repository.metadata;
  const mark = JSON.stringify([uidOf(repository), 'Probe', generation ?? 0, startTime, request ?? '']);
  return childName(name, sha256Hex(mark).slice(0, 10));
}

/** The Job that writes, reads, lists and deletes in the store. It takes no second try: the next probe is one. */
export function probeJob(
  settings: Settings,
  repository: BackupRepository,
  spec: BackupRepositorySpec,
  name: string,
): Job {
  return workerJob({
    settings,
    owner: repository,
    name,
    suspend: false,
    retries: 0,
    deadlineSeconds: probeDeadlineSeconds,
    annotations: { [notes.generation]: String(repository.metadata.generation ?? 0) },
    task: {
      version: 1,
      kind: 'probe',
      repository: spec,
      owner: {
        namespace: repository.metadata.namespace ?? '',
        name: repository.metadata.name,
        uid: uidOf(repository),
      },
    },
    mounts: repositoryMounts(spec),
  });
}

/** Who may talk to the probes of a repository, and whom they may reach: nobody, where the store is a volume. */
export function probeNetworkPolicy(
  settings: Settings,
  repository: BackupRepository,
  spec: BackupRepositorySpec,
): KubeObject {
  const cloudIdentity = spec.s3 !== undefined && spec.s3.credentialsSecretRef === undefined;
  return workerNetworkPolicy(
    repository,
    settings,
    spec.volume === undefined ? openEgress(cloudIdentity) : [],
  );
}
