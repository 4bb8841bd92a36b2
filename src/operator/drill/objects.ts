import type { BackupDrill, BackupDrillSpec } from '../../api/v1alpha1/backup-drill.ts';
import type { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import type { PostgresBackup } from '../../api/v1alpha1/postgres-backup.ts';
import type { CurrentRun } from '../../api/v1alpha1/run-status.ts';
import type { KubeObject } from '../../base/resource.ts';
import { drillVolumeSize } from '../../domain/drill-volume.ts';
import type { Job } from '../../kube/types.ts';
import { workerPaths } from '../../task/paths.ts';
import { locationOf } from '../job/location.ts';
import type { Mount } from '../job/mounts.ts';
import { repositoryMounts } from '../job/mounts.ts';
import { workerNetworkPolicy } from '../job/network-policy.ts';
import { workerJob } from '../job/worker-job.ts';
import { notes } from '../marks.ts';
import { identityOf, inspectDeadlineSeconds, inspectJobName, runAnnotations } from '../run/names.ts';
import type { Settings } from '../settings.ts';
import { drillCompanions } from './pod/companions.ts';
import type { StoreReach } from './reach/store-reach.ts';
import { knownEvidence, sourceText, taskSource } from './source.ts';

/** A volume of a storage class goes with its pod; until then it costs, and holds the databases in the clear. */
const volumeKeptSeconds = '300';

/** For the pod to start, and to leave evidence of a drill that took too long: the worker keeps the deadline itself. */
const marginSeconds = 120;

/** What the Jobs of a drill are made from. */
export interface JobParts {
  readonly settings: Settings;
  readonly drill: BackupDrill;
  readonly repository: BackupRepositorySpec;
  /** Whose runs are restored; absent for a source that is a repository alone. */
  readonly backup?: PostgresBackup | undefined;
  readonly reach: StoreReach;
}

/** The Job of a drill: the worker, with the throw-away server from `image` beside it. */
export function drillJob(parts: JobParts, spec: BackupDrillSpec, image: string, run: CurrentRun): Job {
  const { settings, drill, repository, backup, reach } = parts;
  const evidence = knownEvidence(spec, drill, repository);
  const size = drillVolumeSize(spec.server.volume, runSize(backup));
  return workerJob({
    settings,
    owner: drill,
    name: run.jobName,
    suspend: true,
    retries: spec.limits.retries,
    deadlineSeconds: spec.limits.deadlineSeconds + marginSeconds + spec.keepFailedSeconds,
    annotations: {
      ...runAnnotations(drill, run, repository),
      [notes.source]: sourceText(spec),
      ...(spec.server.volume.storageClassName !== undefined && { [notes.keepSeconds]: volumeKeptSeconds }),
    },
    task: {
      version: 1,
      kind: 'drill',
      repository,
      drill: identityOf(drill),
      run: { id: run.runId, trigger: run.trigger, slotTime: run.slotTime },
      source: taskSource(spec, drill.metadata.namespace ?? '', backup, repository),
      spec,
      ...(evidence && { evidence }),
      // A claim has a file system of its own, that may be larger than what was asked for.
      ...(spec.server.volume.storageClassName === undefined && { volumeBytes: size.bytes }),
    },
    mounts: [...repositoryMounts(repository), ...identityMounts(spec)],
    worker: spec.worker,
    companions: drillCompanions(settings, spec, { image, size }),
    hostAliases: reach.hostAliases,
  });
}

/** The Job that asks the store for the evidence of a drill. It opens nothing, so that it has no private key. */
export function inspectDrillJob(parts: JobParts, spec: BackupDrillSpec, run: CurrentRun): Job {
  const { settings, drill, repository, reach } = parts;
  return workerJob({
    settings,
    owner: drill,
    name: inspectJobName(run),
    suspend: false,
    retries: 3,
    deadlineSeconds: inspectDeadlineSeconds,
    annotations: { [notes.runId]: run.runId, [notes.location]: locationOf(repository) },
    task: {
      version: 1,
      kind: 'inspect-drill',
      repository,
      drill: identityOf(drill),
      run: { id: run.runId },
    },
    mounts: repositoryMounts(repository),
    // With limits that killed the worker of the drill the inspection would die too, and tell nothing.
    worker: { ...spec.worker, resources: {} },
    hostAliases: reach.hostAliases,
  });
}

/** Who may talk to the pods of a drill, and whom they may reach: the store alone. */
export function drillNetworkPolicy({ settings, drill, reach }: JobParts): KubeObject {
  return workerNetworkPolicy(drill, settings, reach.egress);
}

function identityMounts({ identitySecretRef: ref }: BackupDrillSpec): readonly Mount[] {
  if (!ref) return [];
  return [{ kind: 'secret', path: workerPaths.identity, secretName: ref.name, key: ref.key }];
}

/** What the newest run of a backup takes. */
function runSize(
  backup: PostgresBackup | undefined,
): { readonly databasesBytes: number; readonly storedBytes: number } | undefined {
  const { server, lastSuccess } = backup?.status ?? {};
  if (!server || !lastSuccess) return undefined;
  return { databasesBytes: server.sizeBytes, storedBytes: lastSuccess.storedBytes };
}
