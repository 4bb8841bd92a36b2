import type { Condition } from '../../src/api/v1alpha1/condition.ts';
import type { KubeObject } from '../../src/base/resource.ts';

export type KStatus = 'Terminating' | 'InProgress' | 'Failed' | 'Current';

interface WithStatus extends KubeObject {
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

/**
 * How Flux, Helm and `kubectl wait` tools judge a custom object: the generic rules of kubernetes-sigs/cli-utils
 * pkg/kstatus (status/core.go and status/generic.go), in their order.
 */
export function kstatus(object: WithStatus): KStatus {
  const { metadata, status } = object;
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  const observed = status?.observedGeneration;
  if (observed !== undefined && observed !== metadata.generation) return 'InProgress';
  if (isTrue(status?.conditions, 'Reconciling')) return 'InProgress';
  if (isTrue(status?.conditions, 'Stalled')) return 'Failed';
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready !== undefined && ready.status !== 'True' ? 'InProgress' : 'Current';
}

function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}
