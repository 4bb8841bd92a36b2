import { addSeconds, instantMilliseconds } from '../../domain/instant.ts';
import type { Pod } from '../../kube/types.ts';
import { isOver } from './trouble.ts';

const lostNodeSeconds = 600;

/**
 * A pod of a Job that is gone works on until its grace period ends, which is what deletionTimestamp says. One that is
 * there much later is on a node that nobody hears of: it must not keep the server for ever.
 */
export function mayStillWork(pod: Pod, now: Date): boolean {
  if (isOver(pod)) return false;
  const end = instantMilliseconds(pod.metadata.deletionTimestamp);
  return end === undefined || now <= addSeconds(new Date(end), lostNodeSeconds);
}
