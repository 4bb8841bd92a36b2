import type { BackupDrill } from '../../api/v1alpha1/backup-drill.ts';
import type { Condition } from '../../api/v1alpha1/condition.ts';
import type { FailureReason } from '../../api/v1alpha1/failure-reasons.ts';
import { failureReasons } from '../../api/v1alpha1/failure-reasons.ts';
import type { PostgresBackup } from '../../api/v1alpha1/postgres-backup.ts';
import { formatSeconds } from '../../domain/amounts.ts';
import { doubtOf, neglectOf, overdueProof } from './neglect.ts';
import type { Runner } from './target.ts';

/** One line of the answer to "is everything recoverable?". */
export interface Assessment {
  readonly namespace: string;
  /** `backup/shop` */
  readonly object: string;
  /** Attention: somebody has to do something. Waiting: nothing is wrong, and nothing known yet. */
  readonly state: 'Good' | 'Waiting' | 'Attention';
  /** How old the newest verified data is, or the recovery that was measured. */
  readonly known: string;
  /** What is wrong and what to do; empty where all is well. */
  readonly advice: string;
}

/** What stands first is told first: nothing can run, then nothing ran well, then not well enough. */
const order = ['Stalled', 'Ready', 'LastRunSucceeded', 'Verified', 'ObjectivesMet'] as const;

/** `drills`: those of the cluster, to find those that are to prove a backup. */
export function assess(object: Runner, now: Date, drills: readonly BackupDrill[] = []): Assessment {
  const { metadata } = object;
  const base = {
    namespace: metadata.namespace ?? '',
    object: isDrill(object) ? `drill/${metadata.name}` : `backup/${metadata.name}`,
    known: isDrill(object) ? drillKnown(object, now) : backupKnown(object, now),
  };
  const wrong = wrongOf(object, now);
  if (wrong !== undefined) return { ...base, state: 'Attention', advice: wrong };
  const conditions = object.status?.conditions ?? [];
  if (!hasSucceeded(conditions)) return { ...base, state: 'Waiting', advice: readinessOf(conditions) };
  const unproven = isDrill(object) ? undefined : unprovenOf(object, now, drills);
  if (unproven !== undefined) return { ...base, state: 'Attention', advice: unproven };
  return { ...base, state: 'Good', advice: '' };
}

function isDrill(object: Runner): object is BackupDrill {
  return object.kind === 'BackupDrill';
}

/** What stands in a condition, then what is by choice, then what no condition says. */
function wrongOf(object: Runner, now: Date): string | undefined {
  const conditions = object.status?.conditions ?? [];
  const wrong = order.map((type) => conditions.find((one) => one.type === type)).find(isWrong);
  if (wrong !== undefined) return adviceOf(wrong);
  if (object.spec.suspend) return 'suspended: set spec.suspend to false';
  const doubt = isDrill(object) ? undefined : doubtOf(object);
  return doubt ?? neglectOf(object, now) ?? (isDrill(object) ? overdueProof(object, now) : undefined);
}

function hasSucceeded(conditions: readonly Condition[]): boolean {
  return conditions.some(({ type, status }) => type === 'LastRunSucceeded' && status === 'True');
}

function unprovenOf(
  { metadata, status }: PostgresBackup,
  now: Date,
  drills: readonly BackupDrill[],
): string | undefined {
  if (status?.lastProven === undefined)
    return 'no drill has proven it: make a BackupDrill with source.backupRef';
  const late = drills.find(
    (drill) =>
      drill.metadata.namespace === metadata.namespace &&
      drill.spec.source.backupRef?.name === metadata.name &&
      !drill.spec.suspend &&
      overdueProof(drill, now) !== undefined,
  );
  return late && `its proof is overdue: look at drill/${late.metadata.name}`;
}

/**
 * Stalled speaks of trouble when it is True, all others when they are False. A last run of which nobody knows how it
 * ended is an inconclusive drill: somebody has to find out why.
 */
function isWrong(condition: Condition | undefined): boolean {
  if (condition === undefined) return false;
  const { type, status, reason } = condition;
  if (type === 'Stalled') return status === 'True';
  return status === 'False' || (type === 'LastRunSucceeded' && status === 'Unknown' && reason !== 'NeverRan');
}

function adviceOf(condition: Condition | undefined): string {
  if (condition === undefined) return '';
  const { reason, message } = condition;
  const remedy = Object.hasOwn(failureReasons, reason) ? failureReasons[reason as FailureReason].remedy : '';
  return `${reason}: ${message}${remedy === '' ? '' : ` -- ${remedy}`}`;
}

function readinessOf(conditions: readonly Condition[]): string {
  const ready = conditions.find(({ type }) => type === 'Ready');
  return ready === undefined ? 'the operator has not looked at it yet' : `${ready.reason}: ${ready.message}`;
}

function backupKnown({ status }: PostgresBackup, now: Date): string {
  const { lastSuccess, lastProven } = status ?? {};
  if (lastSuccess === undefined) return 'no verified run';
  const proven = lastProven === undefined ? 'never proven' : `proven ${age(lastProven.time, now)} ago`;
  return `data ${age(lastSuccess.snapshotTime, now)} old, ${proven}`;
}

function drillKnown({ status }: BackupDrill, now: Date): string {
  const { lastRun } = status ?? {};
  if (lastRun === undefined) return 'no drill yet';
  const time = lastRun.recoveryTimeSeconds;
  const recovery = time === undefined ? '' : `, recovery ${formatSeconds(time)}`;
  return `${lastRun.verdict} ${age(lastRun.completionTime, now)} ago${recovery}`;
}

function age(time: string, now: Date): string {
  return formatSeconds(Math.max(0, (now.getTime() - Date.parse(time)) / 1000));
}
