import type { AuditFinding } from '../../api/v1alpha1/backup-drill-checks.ts';
import type { RelationName } from './catalogue.ts';

/** An index to make on a table, and below it those on its partitions that become parts of it. */
export interface IndexPlan {
  readonly table: RelationName;
  readonly name: string;
  readonly isPartitioned: boolean;
  /** Nothing: it is to be made. Present: it is there. Attached: and a part of the index above. */
  readonly is: 'Absent' | 'Present' | 'Attached';
  readonly parts: readonly IndexPlan[];
}

/** What to do on the live server; made into SQL by the adapter that knows the language. */
export type Remedy =
  | {
      readonly do: 'Create';
      readonly isUnique: boolean;
      /** From USING on. */
      readonly definition: string;
      readonly plans: readonly IndexPlan[];
      /** An index that gives way to the new one, which then takes its name. */
      readonly replaces?: RelationName;
    }
  | { readonly do: 'Drop'; readonly index: RelationName; readonly isPartitioned: boolean }
  | { readonly do: 'Rebuild'; readonly index: RelationName; readonly isConcurrent: boolean }
  | { readonly do: 'Nothing'; readonly because: string };

export interface Finding {
  readonly kind: AuditFinding;
  /** As a person writes it. */
  readonly table: string;
  /** The name of the index that it is about, where there is one. */
  readonly index?: string;
  /** One sentence, with the numbers that it rests on. */
  readonly reason: string;
  readonly remedy: Remedy;
  /** Rows or bytes: of two findings of a kind the heavier comes first. */
  readonly weight: number;
}
