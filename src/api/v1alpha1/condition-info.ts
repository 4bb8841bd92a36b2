import type { ConditionStatus } from './condition.ts';

export interface ReasonInfo {
  /** The statuses that the reason may stand beside. */
  readonly statuses: readonly ConditionStatus[];
  /** What it means, one sentence. */
  readonly meaning: string;
  /** What to do about it, one or two sentences. */
  readonly remedy: string;
}

/** What a condition type says, and every reason that it may carry. Documents and tests are made from it. */
export interface ConditionInfo {
  /** Positive: True is the good state. Negative: True is a state to look at. */
  readonly polarity: 'Positive' | 'Negative';
  /** Always: from the first visit of the operator on. WhileTrue: absent means False. */
  readonly presence: 'Always' | 'WhileTrue';
  readonly meaning: string;
  readonly reasons: Readonly<Record<string, ReasonInfo>>;
  /** The statuses beside which every FailureReason may stand as well. */
  readonly failures?: readonly ConditionStatus[];
}
