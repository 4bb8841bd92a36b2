import type { BackupDrill } from '../api/v1alpha1/backup-drill.ts';
import { backupDrillType } from '../api/v1alpha1/backup-drill.ts';
import type { BackupRepository } from '../api/v1alpha1/backup-repository.ts';
import { backupRepositoryType } from '../api/v1alpha1/backup-repository.ts';
import type { PostgresBackup } from '../api/v1alpha1/postgres-backup.ts';
import { postgresBackupType } from '../api/v1alpha1/postgres-backup.ts';
import type { KubeObject, ObjectKey, ObjectMeta, ResourceType } from '../base/resource.ts';
import type { ContainerStatus, Job, JobCondition, Lease, Pod } from '../kube/types.ts';
import { jobType, leaseType, podType } from '../kube/types.ts';
import type { CacheOptions, Observer } from '../runtime/controller-definition.ts';
import { annotationOf, controllerOf, jobNameLabel, leaseSelector, notes, workerSelector } from './marks.ts';

/** Names of the cache indexes. */
export const indexes = {
  /** Jobs by `<kind>/<namespace>/<name>` of their controller, whatever its UID. */
  ownerName: 'ownerName',
  /** Jobs that have not been let loose by the name of the Lease that they wait for. */
  lease: 'lease',
  /** Pods by `<namespace>/<name>` of their Job. */
  job: 'job',
  /** Leases of servers by `<namespace>/<name>` of the Job that holds or held them. */
  holder: 'holder',
  /** PostgresBackups and BackupDrills by `<namespace>/<name>` of the repository that their spec names. */
  repository: 'repository',
  /** BackupDrills by `<namespace>/<name>` of their PostgresBackup. */
  backup: 'backup',
} as const;

export const backupCache: CacheOptions<PostgresBackup> = {
  type: postgresBackupType,
  project: projectOwn<PostgresBackup>,
  indexes: {
    [indexes.repository]: ({ metadata, spec }) => {
      // As stored: the schema has not been asked yet.
      const stored = spec as Partial<PostgresBackup['spec']> | undefined;
      return besideOf(metadata, stored?.repositoryRef?.name);
    },
  },
};

export const drillCache: CacheOptions<BackupDrill> = {
  type: backupDrillType,
  project: projectOwn<BackupDrill>,
  indexes: {
    [indexes.repository]: ({ metadata, spec }) => {
      const stored = spec as Partial<BackupDrill['spec']> | undefined;
      return besideOf(metadata, stored?.source?.repository?.repositoryRef.name);
    },
    [indexes.backup]: ({ metadata, spec }) => {
      const stored = spec as Partial<BackupDrill['spec']> | undefined;
      return besideOf(metadata, stored?.source?.backupRef?.name);
    },
  },
};

export const repositoryCache: CacheOptions<BackupRepository> = {
  type: backupRepositoryType,
  project: projectOwn<BackupRepository>,
  indexes: {},
};

/** Jobs of workers, without their pod templates: those are most of a Job and never read back. */
export const jobCache: CacheOptions<Job> = {
  type: jobType,
  labelSelector: workerSelector,
  project: projectJob,
  indexes: {
    [indexes.ownerName]: (job) => {
      const owner = controllerOf(job);
      return owner ? [ownerNameValue(owner.kind, job.metadata.namespace ?? '', owner.name)] : [];
    },
    [indexes.lease]: ({ metadata, spec }) => {
      const lease = annotationOf(metadata, notes.lease);
      return lease === undefined || spec?.suspend !== true ? [] : [lease];
    },
  },
};

/** Pods of workers, as far as their end and their troubles can be told from. */
export const podCache: CacheOptions<Pod> = {
  type: podType,
  labelSelector: workerSelector,
  project: projectPod,
  indexes: {
    [indexes.job]: ({ metadata }) => {
      const name = metadata.labels?.[jobNameLabel];
      return name === undefined ? [] : [`${metadata.namespace ?? ''}/${name}`];
    },
  },
};

/** Leases of servers; those of the leader and of everybody else carry no label of pgcairn. */
export const leaseCache: CacheOptions<Lease> = {
  type: leaseType,
  labelSelector: leaseSelector,
  project: projectLease,
  indexes: {
    [indexes.holder]: ({ metadata }) => {
      const holder = annotationOf(metadata, notes.holder);
      return holder === undefined ? [] : [holder];
    },
  },
};

/** Names of the objects of `type` that an index leads to from the object that they name. */
export function namesBy<T extends KubeObject>(
  caches: Pick<Observer, 'cache'>,
  type: ResourceType<T>,
  index: typeof indexes.repository | typeof indexes.backup,
  { metadata }: KubeObject,
): readonly ObjectKey[] {
  return caches
    .cache(type)
    .byIndex(index, `${metadata.namespace ?? ''}/${metadata.name}`)
    .map(({ metadata: own }) => ({ namespace: own.namespace ?? '', name: own.name }));
}

/** The value under which an object is found that names another one of its namespace. */
function besideOf({ namespace = '' }: ObjectMeta, name: string | undefined): readonly string[] {
  return name === undefined ? [] : [`${namespace}/${name}`];
}

/** Value of the index `ownerName`. */
export function ownerNameValue(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

function projectOwn<T extends KubeObject>(raw: KubeObject): T {
  const { spec, status } = raw as KubeObject & { spec?: unknown; status?: unknown };
  return {
    apiVersion: raw.apiVersion,
    kind: raw.kind,
    metadata: projectMeta(raw.metadata),
    spec,
    ...(status !== undefined && { status }),
  } as unknown as T;
}

function projectJob(raw: KubeObject): Job {
  const { spec, status } = raw as Job;
  return {
    apiVersion: raw.apiVersion,
    kind: raw.kind,
    metadata: projectMeta(raw.metadata),
    spec: pick(spec ?? {}, { suspend: spec?.suspend === true, backoffLimit: spec?.['backoffLimit'] }),
    status: pick(status ?? {}, {
      conditions: status?.conditions?.map(projectCondition),
      active: status?.active,
      startTime: status?.startTime,
      completionTime: status?.completionTime,
    }),
  };
}

function projectPod(raw: KubeObject): Pod {
  const { spec, status } = raw as Pod;
  return {
    apiVersion: raw.apiVersion,
    kind: raw.kind,
    metadata: projectMeta(raw.metadata),
    ...projectClaims(spec),
    status: pick(status ?? {}, {
      phase: status?.phase,
      reason: status?.reason,
      message: status?.message,
      podIP: status?.podIP,
      conditions: status?.conditions?.map(projectCondition),
      containerStatuses: status?.containerStatuses?.map(projectContainer),
      initContainerStatuses: status?.initContainerStatuses?.map(projectContainer),
    }),
  };
}

/** Of the spec of a pod the volumes that are claims. */
function projectClaims(spec: Pod['spec']): Pick<Pod, 'spec'> {
  const volumes = (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim: claim }) =>
    claim ? [{ name, persistentVolumeClaim: { claimName: claim.claimName } }] : [],
  );
  return volumes.length > 0 ? { spec: { volumes } } : {};
}

function projectLease(raw: KubeObject): Lease {
  const { spec } = raw as Lease;
  return {
    apiVersion: raw.apiVersion,
    kind: raw.kind,
    metadata: projectMeta(raw.metadata),
    spec: pick(spec ?? {}, { holderIdentity: spec?.holderIdentity }),
  };
}

function projectCondition(condition: JobCondition): JobCondition {
  const { type, status, reason, message, lastTransitionTime } = condition;
  return pick(condition, { type, status, reason, message, lastTransitionTime });
}

function projectContainer(container: ContainerStatus): ContainerStatus {
  const { name, restartCount, state } = container;
  return pick(container, { name, restartCount, state });
}

const leftOut: readonly string[] = [notes.task, 'kubectl.kubernetes.io/last-applied-configuration'];

function projectMeta(raw: ObjectMeta): ObjectMeta {
  const annotations = Object.entries(raw.annotations ?? {}).filter(([name]) => !leftOut.includes(name));
  return pick(raw, {
    name: raw.name,
    namespace: raw.namespace,
    uid: raw.uid,
    resourceVersion: raw.resourceVersion,
    generation: raw.generation,
    creationTimestamp: raw.creationTimestamp,
    deletionTimestamp: raw.deletionTimestamp,
    labels: raw.labels,
    annotations: annotations.length > 0 ? Object.fromEntries(annotations) : undefined,
    finalizers: raw.finalizers,
    ownerReferences: raw.ownerReferences,
  });
}

/** A new object of the same kind as `_like` with those members that are there. */
function pick<T extends object>(_like: T, members: { readonly [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}
