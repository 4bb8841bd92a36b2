import type { JobCondition, Pod } from '../../kube/types.ts';

/** What took a pod away: an eviction, a preemption, the end of its node; undefined: nothing did. */
export function disruptionOf({ status }: Pod): JobCondition | undefined {
  return status?.conditions?.find(
    (condition) => condition.type === 'DisruptionTarget' && condition.status === 'True',
  );
}
