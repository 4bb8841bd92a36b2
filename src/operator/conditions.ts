import type { Condition, ConditionStatus } from '../api/v1alpha1/condition.ts';
import type { ConditionKind, ConditionReason, ConditionType } from '../api/v1alpha1/conditions.ts';
import { setCondition } from '../api/v1alpha1/set-condition.ts';
import type { ObjectMeta } from '../base/resource.ts';

/** A condition as its kind declares it. */
export type Wanted<K extends ConditionKind> = {
  [T in ConditionType<K>]: {
    readonly type: T;
    readonly status: ConditionStatus;
    readonly reason: ConditionReason<K, T>;
    readonly message: string;
  };
}[ConditionType<K>];

interface Owner {
  readonly metadata: ObjectMeta;
  readonly status?: { readonly conditions?: readonly Condition[] };
}

interface Conditioned {
  readonly observedGeneration: number;
  readonly conditions: readonly Condition[];
}

/** A status of these facts. Conditions that are wanted are set, every other one that is not `kept` is dropped. */
export function withConditions<K extends ConditionKind, Facts extends object>(
  { metadata, status }: Owner,
  facts: Facts,
  wanted: readonly (Wanted<K> | undefined)[],
  now: Date,
  kept: readonly ConditionType<K>[] = [],
): Facts & Conditioned {
  const observedGeneration = metadata.generation ?? 1;
  const present = wanted.filter((condition) => condition !== undefined);
  const names: readonly string[] = [...kept, ...present.map(({ type }) => type)];
  const before = status?.conditions ?? [];
  const conditions = present.reduce<readonly Condition[]>(
    (all, condition) => setCondition(all, condition, now, observedGeneration),
    before.filter(({ type }) => names.includes(type)),
  );
  return { ...facts, observedGeneration, conditions };
}
