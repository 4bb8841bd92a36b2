import type { Job, Lease } from '../../kube/types.ts';
import { leaseType } from '../../kube/types.ts';
import type { Action } from '../../runtime/decision.ts';
import { mayStillWork } from '../job/pods-left.ts';
import { jobEnd } from '../job/report.ts';
import { annotationOf, notes, uidOf } from '../marks.ts';
import { releasedLease, serverLease } from './lease-objects.ts';
import type { SeenLease, SeenRunJob, SeenRuns } from './seen.ts';

/** How the server's Lease stands for a Job that wants it. */
export type Hold =
  | { readonly state: 'ours' }
  /** Free, or left behind by a Job that is gone or over: `take` makes it ours unless somebody is faster. */
  | { readonly state: 'free'; readonly take: Action }
  /** `advice`: what a person has to do about it, where the operator cannot see it end. */
  | { readonly state: 'held'; readonly by: string; readonly advice?: string };

/** A Lease without a time of its own: it is held as long as the Job that holds it is neither gone nor over. */
export function holdOf(seen: SeenRuns, child: SeenRunJob, now: Date): Hold {
  const { job, lease } = child;
  switch (lease.state) {
    case 'none':
      return { state: 'ours' };
    case 'unread':
      return { state: 'held', by: 'a Lease that was not read' };
    case 'absent':
      return { state: 'free', take: take(seen, job, { name: lease.name, now }) };
    case 'unwatched': {
      const { namespace, name } = lease.holder;
      return { state: 'held', by: `${namespace}/${name}`, advice: removal(namespace, lease.lease) };
    }
    case 'present': {
      const holder = lease.lease.spec?.holderIdentity ?? '';
      if (holder === uidOf(job)) return { state: 'ours' };
      const isFree = holder === '' || !isAlive(lease.holder, holder);
      if (isFree && !lease.holderPods?.some((pod) => mayStillWork(pod, now))) {
        const name = lease.lease.metadata.name;
        return { state: 'free', take: take(seen, job, { name, now, before: lease.lease }) };
      }
      return { state: 'held', by: annotationOf(lease.lease.metadata, notes.holder) ?? holder };
    }
  }
}

/** Gives the Lease back that a Job holds; nothing when it holds none. It is removed once no pod of the Job is left. */
export function releaseLease(job: Job, lease: SeenLease): readonly Action[] {
  if (lease.state !== 'present' || lease.lease.spec?.holderIdentity !== job.metadata.uid) return [];
  return [{ do: 'replace', type: leaseType, object: releasedLease(lease.lease) }];
}

function removal(unwatched: string, { metadata }: Lease): string {
  return `the operator does not look after namespace ${unwatched} and cannot see that Job end: once it is over, kubectl delete lease ${metadata.name} --namespace ${metadata.namespace ?? ''}`;
}

function isAlive(holder: Job | undefined, uid: string): boolean {
  return holder !== undefined && holder.metadata.uid === uid && jobEnd(holder) === undefined;
}

function take(
  seen: SeenRuns,
  job: Job,
  lease: { readonly name: string; readonly now: Date; readonly before?: Lease },
): Action {
  const object = serverLease(seen.settings, seen.owner, job, lease);
  return lease.before
    ? { do: 'replace', type: leaseType, object }
    : { do: 'create', type: leaseType, object };
}
