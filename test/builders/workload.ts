import type { ObjectMeta, OwnerReference } from '../../src/base/resource.ts';
import type { KubeObject } from '../../src/base/resource.ts';
import type { ContainerStatus, Job, JobCondition, Pod } from '../../src/kube/types.ts';
import { objectMeta } from './object-meta.ts';

export interface JobParts {
  readonly metadata?: Partial<ObjectMeta>;
  readonly owner?: KubeObject;
  readonly spec?: Job['spec'];
  readonly status?: Job['status'];
}

/** A Job that runs, owned by `owner` where one is given. */
export function job(parts: JobParts = {}): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: owned('shop-run', parts),
    spec: parts.spec ?? { suspend: false },
    status: parts.status ?? {},
  };
}

/** The condition that the Job controller sets at the end; `type` is Complete, Failed or FailureTarget. */
export function jobCondition(type: string, given: Partial<JobCondition> = {}): JobCondition {
  return { type, status: 'True', lastTransitionTime: '2026-11-20T02:20:00Z', ...given };
}

export interface PodParts {
  readonly metadata?: Partial<ObjectMeta>;
  readonly owner?: KubeObject;
  readonly spec?: Pod['spec'];
  readonly status?: Pod['status'];
}

/** A pod that runs its worker container. */
export function pod(parts: PodParts = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: owned('shop-run-abcde', parts),
    ...(parts.spec && { spec: parts.spec }),
    status: parts.status ?? {
      phase: 'Running',
      podIP: '10.0.0.7',
      containerStatuses: [{ name: 'worker', state: { running: { startedAt: '2026-11-20T02:17:02Z' } } }],
    },
  };
}

/** The status of a worker container that ended; `message` is its termination message. */
export function terminated(exitCode: number, message?: string, reason?: string): ContainerStatus {
  return {
    name: 'worker',
    restartCount: 0,
    state: {
      terminated: {
        exitCode,
        finishedAt: '2026-11-20T02:20:00Z',
        reason: reason ?? (exitCode === 0 ? 'Completed' : 'Error'),
        ...(message === undefined ? {} : { message }),
      },
    },
  };
}

/** A controller reference to `owner`, as the operator writes it. */
export function ownerReference(owner: KubeObject): OwnerReference {
  const { name, uid } = owner.metadata;
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name,
    uid: uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

function owned(
  name: string,
  { owner, metadata }: { readonly owner?: KubeObject; readonly metadata?: Partial<ObjectMeta> },
): ObjectMeta {
  return objectMeta(name, { ...(owner ? { ownerReferences: [ownerReference(owner)] } : {}), ...metadata });
}
