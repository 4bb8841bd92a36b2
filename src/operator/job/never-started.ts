import type { Condition } from '../../api/v1alpha1/condition.ts';
import type { Trouble } from './trouble.ts';

/** The obstacles that keep a pod from ever starting. */
const obstacles = ['PodUnschedulable', 'ImageUnavailable', 'VolumeUnavailable'] as const;

/**
 * What kept the pod from starting until its Job was ended at the deadline; undefined when nothing is known to have.
 * At the deadline the Job controller removes the pod, so the condition that told of it is the last witness.
 */
export function obstacleBefore(conditions: readonly Condition[] | undefined): Trouble | undefined {
  const last = conditions?.find(({ type }) => type === 'Reconciling');
  const reason = obstacles.find((name) => name === last?.reason);
  if (reason === undefined || last === undefined) return undefined;
  return { reason, message: last.message };
}

/** The same as the reason of what ended at its deadline. */
export function neverStarted(obstacle: Trouble): Trouble {
  return { reason: obstacle.reason, message: `never started, ended at the deadline: ${obstacle.message}` };
}
