import type { BackupDrill } from '../../api/v1alpha1/backup-drill.ts';
import type { PostgresBackup } from '../../api/v1alpha1/postgres-backup.ts';
import { postgresBackupConditions } from '../../api/v1alpha1/postgres-backup-conditions.ts';
import { counted } from '../../domain/amounts.ts';
import { instantMilliseconds, toInstant } from '../../domain/instant.ts';
import { proofDue } from '../../domain/proof-due.ts';
import type { Runner } from './target.ts';

/** The operator acts at once; within this a new leader has taken over. */
const operatorSeconds = 600;

/**
 * What should have happened by `now` and did not, and what to do; undefined: nothing is late. The operator that would
 * say so in a condition may be what is missing.
 */
export function neglectOf(object: Runner, now: Date): string | undefined {
  return unattended(object, now) ?? missedRuns(object);
}

function unattended({ metadata, spec, status }: Runner, now: Date): string | undefined {
  const remedy = 'see that the operator runs, and that it watches this namespace';
  const { creationTimestamp: made } = metadata;
  if (status?.observedGeneration === undefined)
    return isPast(made, operatorSeconds, now)
      ? `the operator has not looked at it since it was made at ${made}: ${remedy}`
      : undefined;
  const { nextRunTime } = status;
  const late = spec.schedule === undefined ? 0 : spec.startingDeadlineSeconds;
  return isPast(nextRunTime, late + operatorSeconds, now)
    ? `the run of ${nextRunTime} was neither started nor missed: ${remedy}`
    : undefined;
}

function missedRuns({ kind, metadata, status }: Runner): string | undefined {
  const { count, lastTime, reason } = status?.missedRuns ?? { count: 0 };
  if (count === 0) return undefined;
  const last = lastTime === undefined ? '' : `, the last of ${lastTime}`;
  const why = reason === undefined ? '' : ` (${reason})`;
  const target = `${kind === 'BackupDrill' ? 'drill' : 'backup'}/${metadata.name}`;
  return `missed ${counted(count, 'run')} since the last success${last}${why}: remove the cause, then pgcairn run ${target}`;
}

/** What is wrong with runs that succeeded, and with those kept. */
export function doubtOf({ status }: PostgresBackup): string | undefined {
  const last = status?.conditions?.find(({ type }) => type === 'LastRunSucceeded');
  if (last?.reason === 'VerifiedSuspicious') {
    const { remedy } = postgresBackupConditions.LastRunSucceeded.reasons.VerifiedSuspicious;
    return `VerifiedSuspicious: ${last.message} -- ${remedy}`;
  }
  const invalid = status?.stored?.invalidRuns ?? 0;
  if (invalid === 0) return undefined;
  return `${counted(invalid, 'run in the store has', 'runs in the store have')} a manifest that cannot be believed: keep the store as it is; pgcairn list says which and why`;
}

/** A drill that by its schedule should have passed, and did not. */
export function overdueProof(drill: BackupDrill, now: Date): string | undefined {
  const due = proofDue(drill);
  if (due === undefined || due >= now) return undefined;
  const passed = drill.status?.lastPassed?.time;
  const since = passed === undefined ? 'none has passed' : `the last passed at ${passed}`;
  return `by its schedule a drill should have passed by ${toInstant(due)}, and ${since}: see that the operator runs, then pgcairn run drill/${drill.metadata.name}`;
}

function isPast(time: string | undefined, allowedSeconds: number, now: Date): time is string {
  const from = instantMilliseconds(time);
  return from !== undefined && from + allowedSeconds * 1000 < now.getTime();
}
