import type { ObjectKey } from '../../base/resource.ts';
import { isForbidden } from '../../kube/errors.ts';
import type { Job } from '../../kube/types.ts';
import { jobType } from '../../kube/types.ts';
import type { Observer } from '../../runtime/controller-definition.ts';
import type { Settings } from '../settings.ts';

/** `unwatched`: nobody here can tell whether the Job is there. */
export type Holder = { readonly state: 'watched'; readonly job?: Job } | { readonly state: 'unwatched' };

/**
 * The Job that a Lease names, read live. It may lie in a namespace that this installation does not watch any more, or
 * in which it may read no Jobs.
 */
export async function readHolder(settings: Settings, observer: Observer, key: ObjectKey): Promise<Holder> {
  const { watchNamespaces } = settings;
  if (watchNamespaces.length > 0 && !watchNamespaces.includes(key.namespace)) return { state: 'unwatched' };
  try {
    const job = await observer.live.get(jobType, key);
    return { state: 'watched', ...(job && { job }) };
  } catch (error) {
    if (isForbidden(error)) return { state: 'unwatched' };
    throw error;
  }
}
