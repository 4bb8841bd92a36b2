import type { Condition, ConditionStatus } from './condition.ts';

/** The API server refuses a longer message. */
const messageLimit = 32_768;
/** kubectl prints conditions as they lie: what blocks comes first. */
const order: readonly string[] = ['Stalled', 'Reconciling', 'Ready'];

export interface NextCondition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
}

/**
 * The conditions with one of them set, in stable order (Stalled, Reconciling, Ready, then the rest as they came).
 * As metav1 has it, `lastTransitionTime` moves only when the status does; an equal condition gives an equal result,
 * so that nothing is written.
 */
export function setCondition(
  conditions: readonly Condition[],
  next: NextCondition,
  now: Date,
  generation: number,
): readonly Condition[] {
  const old = conditions.find(({ type }) => type === next.type);
  const set: Condition = {
    type: next.type,
    status: next.status,
    reason: next.reason,
    message: cut(next.message),
    observedGeneration: generation,
    lastTransitionTime: old?.status === next.status ? old.lastTransitionTime : wholeSeconds(now),
  };
  const all = old
    ? conditions.map((condition) => (condition === old ? set : condition))
    : [...conditions, set];
  return all.toSorted((a, b) => rank(a) - rank(b));
}

/** The conditions without the one of that type. */
export function removeCondition(conditions: readonly Condition[], type: string): readonly Condition[] {
  return conditions.filter((condition) => condition.type !== type);
}

function rank({ type }: Condition): number {
  const place = order.indexOf(type);
  return place < 0 ? order.length : place;
}

function cut(message: string): string {
  return message.length <= messageLimit ? message : `${message.slice(0, messageLimit - 1).toWellFormed()}…`;
}

function wholeSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
