import type { Job } from '../../kube/types.ts';
import { leaseType } from '../../kube/types.ts';
import type { Observer } from '../../runtime/controller-definition.ts';
import { jobEnd } from '../job/report.ts';
import { readHolder } from '../job/read-holder.ts';
import { podsOf } from '../job/read-jobs.ts';
import { isHeld } from '../job/release.ts';
import { annotationOf, notes } from '../marks.ts';
import type { Settings } from '../settings.ts';
import type { SeenLease } from './seen.ts';

/**
 * The Lease that a Job needs or has to give back, read live; left unread while the Job works, since nothing depends
 * on it then. The Job that holds the Lease is read live too: only that it is gone or over frees the Lease.
 */
export async function readLease(
  settings: Settings,
  observer: Observer,
  job: Job,
  name: string | undefined,
): Promise<SeenLease> {
  if (name === undefined || !isHeld(job) || isWorking(job)) return { state: 'unread' };
  const lease = await observer.live.get(leaseType, { namespace: settings.namespace, name });
  if (!lease) return { state: 'absent', name };
  const holderKey = annotationOf(lease.metadata, notes.holder)?.split('/') ?? [];
  const [namespace, holderName] = holderKey;
  const isOurs = lease.spec?.holderIdentity === job.metadata.uid;
  if (isOurs || namespace === undefined || holderName === undefined) return { state: 'present', lease };
  const key = { namespace, name: holderName };
  const holder = await readHolder(settings, observer, key);
  if (holder.state === 'unwatched') return { state: 'unwatched', lease, holder: key };
  return {
    state: 'present',
    lease,
    holderPods: podsOf(observer, key),
    ...(holder.job && { holder: holder.job }),
  };
}

function isWorking(job: Job): boolean {
  return (
    job.spec?.suspend !== true && jobEnd(job) === undefined && job.metadata.deletionTimestamp === undefined
  );
}
