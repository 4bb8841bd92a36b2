import type { KubeObject, ObjectKey, ResourceType } from '../../base/resource.ts';
import type { Job, Pod } from '../../kube/types.ts';
import { jobType, podType } from '../../kube/types.ts';
import type { Observer } from '../../runtime/controller-definition.ts';
import { indexes, ownerNameValue } from '../caches.ts';
import { controllerOf, jobNameLabel } from '../marks.ts';
import type { SeenJob } from './outcome.ts';
import { isHeld } from './release.ts';
import { jobEnd, readReport } from './report.ts';

/** The Job under a name: from the cache, and live should it not be there, since absence must not be stale. */
export async function findJob(observer: Observer, key: ObjectKey): Promise<Job | undefined> {
  return observer.cache(jobType).get(key) ?? (await observer.live.get(jobType, key));
}

/**
 * A Job with its pods. The caches of Jobs and pods are fed by two watches: a Job may be seen to end before its pod is
 * seen to have left a report. So a report that is not in the cache is looked for live before it counts as lost.
 */
export async function withPods(observer: Observer, job: Job): Promise<SeenJob> {
  const cached = ownPods(job, podsOf(observer, keyOf(job)));
  const end = jobEnd(job);
  if (!end || readReport(end.complete, cached).state === 'read') return { job, pods: cached };
  const { namespace, name } = keyOf(job);
  const live = await observer.live.list(podType, namespace, `${jobNameLabel}=${name}`);
  return { job, pods: ownPods(job, live) };
}

/** Anybody may label a pod with the name of a Job; only the Job controller makes it the Job's. */
function ownPods(job: Job, pods: readonly Pod[]): readonly Pod[] {
  return pods.filter((pod) => controllerOf(pod)?.uid === job.metadata.uid);
}

/** Pods of the Job of that name, whether it still exists or not. */
export function podsOf(observer: Pick<Observer, 'cache'>, job: ObjectKey): readonly Pod[] {
  return observer.cache(podType).byIndex(indexes.job, `${job.namespace}/${job.name}`);
}

/** Jobs whose controller has this kind and name, of whatever UID. */
export function jobsByOwnerName(
  observer: Pick<Observer, 'cache'>,
  kind: string,
  owner: ObjectKey,
): readonly Job[] {
  return observer
    .cache(jobType)
    .byIndex(indexes.ownerName, ownerNameValue(kind, owner.namespace, owner.name));
}

/**
 * Held Jobs whose controller is gone, though another object may have its name by now. The cache of owners may be
 * older than that of Jobs, so who is the owner now is read live before a Job counts as orphaned.
 */
export async function ofFormerOwner(
  observer: Observer,
  type: ResourceType,
  key: ObjectKey,
  jobs: readonly Job[],
  cached: KubeObject | undefined,
): Promise<readonly Job[]> {
  const foreign = jobs.filter((job) => isHeld(job) && controllerOf(job)?.uid !== cached?.metadata.uid);
  if (foreign.length === 0) return [];
  const owner = await observer.live.get(type, key);
  return foreign.filter((job) => controllerOf(job)?.uid !== owner?.metadata.uid);
}

export function keyOf(job: Job): ObjectKey {
  return { namespace: job.metadata.namespace ?? '', name: job.metadata.name };
}
