import type { ObjectKey } from '../../base/resource.ts';
import type { Job, Lease, Pod } from '../../kube/types.ts';
import type { Cache } from '../../runtime/controller-definition.ts';
import { indexes } from '../caches.ts';
import { annotationOf, controllerOf, notes } from '../marks.ts';

/** The object of `kind` that a Job belongs to. */
export function ownerOfJob(kind: string, job: Job): readonly ObjectKey[] {
  const owner = controllerOf(job);
  if (owner?.kind !== kind) return [];
  return [{ namespace: job.metadata.namespace ?? '', name: owner.name }];
}

/** The object of `kind` whose worker a pod is; its Job may be gone already. */
export function ownerOfPod(kind: string, pod: Pod): readonly ObjectKey[] {
  const [ownerKind, name] = annotationOf(pod.metadata, notes.owner)?.split('/') ?? [];
  if (ownerKind !== kind || name === undefined) return [];
  return [{ namespace: pod.metadata.namespace ?? '', name }];
}

/** The object of `kind` whose Job waits longest for the Lease of a server: of many at once only one could take it. */
export function longestWaiting(
  kind: string,
  { metadata }: Lease,
  jobs: Pick<Cache<Job>, 'byIndex'>,
): readonly ObjectKey[] {
  const [oldest] = jobs.byIndex(indexes.lease, metadata.name).toSorted(byAge);
  return oldest === undefined ? [] : ownerOfJob(kind, oldest);
}

function byAge({ metadata: one }: Job, { metadata: other }: Job): number {
  const [made, madeOther] = [one.creationTimestamp ?? '', other.creationTimestamp ?? ''];
  return made === madeOther ? one.name.localeCompare(other.name) : made.localeCompare(madeOther);
}
