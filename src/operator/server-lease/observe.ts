import type { ObjectKey } from '../../base/resource.ts';
import type { Job, Lease, Pod } from '../../kube/types.ts';
import { jobType, leaseType, podType } from '../../kube/types.ts';
import type { Observer } from '../../runtime/controller-definition.ts';
import { jobEnd } from '../job/report.ts';
import { readHolder } from '../job/read-holder.ts';
import { annotationOf, jobNameLabel, notes } from '../marks.ts';
import type { Settings } from '../settings.ts';

/** The Lease of a server, and what is left of the Job that holds it or held it last. */
export type Seen =
  | { readonly state: 'absent' }
  /** The Job lies in a namespace that this installation does not watch: nobody here can tell about it. */
  | { readonly state: 'unwatched' }
  /** The Job is there and not over. */
  | { readonly state: 'held' }
  | { readonly state: 'leftBehind'; readonly lease: Lease; readonly pods: readonly Pod[] };

/** While the cache shows the Job at work nothing is read live; that it is gone or over is never believed of a cache. */
export async function observe(settings: Settings, observer: Observer, key: ObjectKey): Promise<Seen> {
  const lease = observer.cache(leaseType).get(key);
  if (!lease) return { state: 'absent' };
  const holder = holderOf(lease);
  if (!holder) return { state: 'leftBehind', lease, pods: [] };
  if (holds(observer.cache(jobType).get(holder), lease)) return { state: 'held' };
  const read = await readHolder(settings, observer, holder);
  if (read.state === 'unwatched') return { state: 'unwatched' };
  if (holds(read.job, lease)) return { state: 'held' };
  const pods = await observer.live.list(podType, holder.namespace, `${jobNameLabel}=${holder.name}`);
  return { state: 'leftBehind', lease, pods };
}

/** The Job that the Lease names: its holder, or the last one after it was given back. */
export function holderOf({ metadata }: Lease): ObjectKey | undefined {
  const [namespace, name] = annotationOf(metadata, notes.holder)?.split('/') ?? [];
  return namespace !== undefined && name !== undefined ? { namespace, name } : undefined;
}

/** A Lease that was given back names nobody by UID: its last Job counts until it is gone or over. */
function holds(job: Job | undefined, { spec }: Lease): boolean {
  if (!job || jobEnd(job) !== undefined) return false;
  return !spec?.holderIdentity || spec.holderIdentity === job.metadata.uid;
}
