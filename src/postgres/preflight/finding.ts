import type { FailureReason } from '../../api/v1alpha1/failure-reasons.ts';
import type { LogicalSpec } from '../../api/v1alpha1/logical.ts';
import type { Selection } from '../selection.ts';
import type { Session } from '../session.ts';

export interface Finding {
  readonly reason: FailureReason;
  /** Says what is wrong and ends with the SQL or setting that puts it right. */
  readonly message: string;
}

export interface WhatIsDumped {
  readonly content: LogicalSpec['content'];
  readonly globals: LogicalSpec['globals'];
  /** Of pg_dump. */
  readonly clientMajor: number;
}

export interface Checked extends WhatIsDumped {
  readonly session: Session;
  readonly selection: Selection;
  /** The role that dumps. */
  readonly user: string;
}

export type Check = (checked: Checked) => Promise<Finding | undefined>;

const shown = 10;

/** The first ten names, and how many more there are. */
export function listed(names: readonly string[]): string {
  const more = names.length - shown;
  const list = names.slice(0, shown).join(', ');
  return more > 0 ? `${list} and ${more} more` : list;
}
