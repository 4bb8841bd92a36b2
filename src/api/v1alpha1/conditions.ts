import { backupDrillConditions } from './backup-drill-conditions.ts';
import { backupRepositoryConditions } from './backup-repository-conditions.ts';
import type { ConditionInfo } from './condition-info.ts';
import type { Condition } from './condition.ts';
import type { FailureReason } from './failure-reasons.ts';
import { failureReasons } from './failure-reasons.ts';
import { postgresBackupConditions } from './postgres-backup-conditions.ts';

const table = {
  BackupRepository: backupRepositoryConditions,
  PostgresBackup: postgresBackupConditions,
  BackupDrill: backupDrillConditions,
} as const;

/** The conditions of every kind, by kind and type. */
export const conditions: Readonly<Record<ConditionKind, Readonly<Record<string, ConditionInfo>>>> = table;

export type ConditionKind = keyof typeof table;
export type ConditionType<K extends ConditionKind> = keyof (typeof table)[K] & string;

type InfoOf<K extends ConditionKind, T extends ConditionType<K>> = (typeof table)[K][T];
type OwnReason<I> = I extends { readonly reasons: infer R } ? keyof R & string : never;

/** The reasons that a condition type of a kind may carry. */
export type ConditionReason<K extends ConditionKind, T extends ConditionType<K>> =
  | OwnReason<InfoOf<K, T>>
  | (InfoOf<K, T> extends { readonly failures: readonly string[] } ? FailureReason : never);

/**
 * Says what is wrong with a condition by the tables: unknown type, reason that the type does not carry, status
 * that the reason cannot stand beside. Nothing when it is as declared.
 */
export function conditionFault(kind: ConditionKind, condition: Condition): string | undefined {
  const info = conditions[kind][condition.type];
  if (!info) return `${kind} has no condition ${condition.type}`;
  const own = info.reasons[condition.reason];
  const isFailure = info.failures !== undefined && condition.reason in failureReasons;
  if (!own && !isFailure) return `${condition.type} of ${kind} has no reason ${condition.reason}`;
  const statuses = own?.statuses ?? info.failures ?? [];
  if (statuses.includes(condition.status)) return undefined;
  return `${condition.type}=${condition.status} of ${kind} cannot have the reason ${condition.reason}`;
}
