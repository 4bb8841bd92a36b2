import type { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import type { CurrentRun, PostgresBackup, PostgresBackupSpec } from '../../api/v1alpha1/postgres-backup.ts';
import type { KubeObject } from '../../base/resource.ts';
import { childName } from '../../domain/slot.ts';
import { sha256Hex } from '../../base/hash.ts';
import type { Job } from '../../kube/types.ts';
import { locationOf } from '../job/location.ts';
import { connectionMounts, repositoryMounts } from '../job/mounts.ts';
import { openEgress, workerNetworkPolicy } from '../job/network-policy.ts';
import { workerJob } from '../job/worker-job.ts';
import { notes, uidOf } from '../marks.ts';
import { identityOf, inspectDeadlineSeconds, inspectJobName, runAnnotations } from '../run/names.ts';
import type { Settings } from '../settings.ts';
import { serverKey, serverLeaseName } from './server-key.ts';

/** What the Jobs of a backup are made from. */
export interface JobParts {
  readonly settings: Settings;
  readonly backup: PostgresBackup;
  readonly repository: BackupRepositorySpec;
}

const pruneDeadlineSeconds = 3600;

/** The Job of a run, suspended: it starts once the server's Lease is taken for it. */
export function runJob(parts: JobParts, spec: PostgresBackupSpec, run: CurrentRun): Job {
  const { settings, backup, repository } = parts;
  return workerJob({
    settings,
    owner: backup,
    name: run.jobName,
    suspend: true,
    retries: spec.limits.retries,
    deadlineSeconds: spec.limits.deadlineSeconds,
    annotations: {
      ...runAnnotations(backup, run, repository),
      [notes.lease]: serverLeaseName(serverKey(backup, spec)),
    },
    task: {
      version: 1,
      kind: 'backup',
      repository,
      backup: identityOf(backup),
      run: { id: run.runId, trigger: run.trigger, slotTime: run.slotTime },
      spec,
    },
    mounts: [...connectionMounts(spec.connection), ...repositoryMounts(repository)],
    worker: spec.worker,
  });
}

/** The Job that asks the store what became of a run. */
export function inspectJob(parts: JobParts, spec: PostgresBackupSpec, run: CurrentRun): Job {
  return workerJob({
    settings: parts.settings,
    owner: parts.backup,
    name: inspectJobName(run),
    suspend: false,
    retries: 3,
    deadlineSeconds: inspectDeadlineSeconds,
    annotations: { [notes.runId]: run.runId, [notes.location]: locationOf(parts.repository) },
    task: {
      version: 1,
      kind: 'inspect',
      repository: parts.repository,
      backup: identityOf(parts.backup),
      run: { id: run.runId },
    },
    mounts: repositoryMounts(parts.repository),
    // With limits that killed the worker of the run the inspection would die too, and tell nothing.
    worker: { ...spec.worker, resources: {} },
  });
}

/** The Job that removes every run of a backup from the store; each attempt has a name of its own. */
export function pruneJob(parts: JobParts, attempt: number): Job {
  const { settings, backup, repository } = parts;
  const suffix = sha256Hex(JSON.stringify([uidOf(backup), 'Prune', attempt])).slice(0, 10);
  return workerJob({
    settings,
    owner: backup,
    name: childName(backup.metadata.name, `${suffix}-p`),
    suspend: false,
    retries: 2,
    deadlineSeconds: pruneDeadlineSeconds,
    annotations: { [notes.location]: locationOf(repository) },
    task: { version: 1, kind: 'prune', repository, backup: identityOf(backup) },
    mounts: repositoryMounts(repository),
  });
}

/** Who may talk to the workers of a backup, and whom they may reach. */
export function backupNetworkPolicy({ settings, backup, repository }: JobParts): KubeObject {
  const cloudIdentity = repository.s3 !== undefined && repository.s3.credentialsSecretRef === undefined;
  return workerNetworkPolicy(backup, settings, openEgress(cloudIdentity));
}
