import type { Condition } from '../../api/v1alpha1/condition.ts';
import type { KubeObject } from '../../base/resource.ts';
import { jobType } from '../../kube/types.ts';
import type { Trouble } from './trouble.ts';

/** The obstacle that a refused Job is; undefined for an object of another kind. */
export function refusalOf(object: KubeObject, words: string): Trouble | undefined {
  return object.kind === jobType.kind ? { reason: 'JobRefused', message: words } : undefined;
}

/**
 * What the API server said when it last refused the Job that is wanted. The condition keeps it from pass to pass until
 * the Job is there: a pass that tries again must not say less than the one before.
 */
export function refusalBefore(conditions: readonly Condition[] | undefined): Trouble | undefined {
  const last = conditions?.find(({ type, reason }) => type === 'Reconciling' && reason === 'JobRefused');
  return last && { reason: 'JobRefused', message: last.message };
}
