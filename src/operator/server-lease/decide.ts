import { leaseType } from '../../kube/types.ts';
import type { Decision } from '../../runtime/decision.ts';
import { mayStillWork } from '../job/pods-left.ts';
import { uidOf } from '../marks.ts';
import { onlyActions } from '../step.ts';
import type { Seen } from './observe.ts';

/** Pods wake the Lease; the wait is for those on a node that nobody hears of. */
const pollSeconds = 60;

/**
 * Removes the Lease of a server once the Job that held it is gone or over and no pod of it can be at work any more.
 * Somebody may be taking it right now: whoever writes first wins, the other meets the precondition and looks again.
 */
export function decide(seen: Seen, now: Date): Decision<never> {
  if (seen.state !== 'leftBehind') return onlyActions([]);
  const { lease, pods } = seen;
  if (pods.some((pod) => mayStillWork(pod, now))) {
    return { actions: [], events: [], wakeAfterSeconds: pollSeconds };
  }
  const { namespace, name, resourceVersion } = lease.metadata;
  return onlyActions([
    {
      do: 'delete',
      type: leaseType,
      key: { namespace: namespace ?? '', name },
      uid: uidOf(lease),
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
  ]);
}
