import type { ObjectKey } from '../../base/resource.ts';
import type { Job, Pod } from '../../kube/types.ts';
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
