import type { BackupDrill, BackupDrillSpec, DrillRecord } from '../../api/v1alpha1/backup-drill.ts';
import type { ConditionType } from '../../api/v1alpha1/conditions.ts';
import type { FailureReason } from '../../api/v1alpha1/failure-reasons.ts';
import { failureReasons } from '../../api/v1alpha1/failure-reasons.ts';
import { cut, formatSeconds, shortDuration } from '../../domain/amounts.ts';
import { withoutData } from '../../domain/drill-verdict.ts';
import { instantMilliseconds } from '../../domain/instant.ts';
import { drillObjectives } from '../../domain/objectives.ts';
import type { Wanted } from '../conditions.ts';
import type { Facts } from './seen.ts';

type Kind = 'BackupDrill';
export type Of<T extends ConditionType<Kind>> = Extract<Wanted<Kind>, { readonly type: T }>;
/** As far as the spec can be read. */
export interface Promised extends Pick<BackupDrillSpec, 'objectives'> {
  readonly source: Partial<Pick<BackupDrillSpec['source'], 'pick'>>;
}

const messageLimit = 4096;

/** What the last drill came to. */
export function lastRunSucceeded({ lastRun }: Facts): Of<'LastRunSucceeded'> {
  const type = 'LastRunSucceeded';
  if (!lastRun) return { type, status: 'Unknown', reason: 'NeverRan', message: 'no drill has ended yet' };
  const { verdict, reason, message } = lastRun;
  switch (verdict) {
    case 'Passed':
      return { type, status: 'True', reason: 'Passed', message };
    case 'Failed':
      return { type, status: 'False', reason: 'Failed', message: cut(`${reason}: ${message}`, messageLimit) };
    case 'Inconclusive':
      return { type, status: 'Unknown', reason: inconclusiveReason(reason), message };
  }
}

/** A drill is inconclusive by a failure, by its control, or by a check that could not be decided. */
function inconclusiveReason(reason: string): FailureReason | 'ControlNotCaught' | 'Undecided' {
  if (reason === 'ControlNotCaught') return reason;
  return reason in failureReasons ? (reason as FailureReason) : 'Undecided';
}

/**
 * What is known of the backup: a drill that could not tell changes nothing about that. Where none of those in status
 * could, what was said last still stands.
 */
export function verified(owner: BackupDrill, { history, lastPassed }: Facts): Of<'Verified'> {
  const type = 'Verified';
  const last = history?.find(({ verdict }) => verdict !== 'Inconclusive');
  if (last?.verdict === 'Failed') {
    const message = cut(`drill ${last.runId}: ${last.reason}: ${last.message}`, messageLimit);
    return { type, status: 'False', reason: 'ProofFailed', message };
  }
  const before = owner.status?.conditions?.find((condition) => condition.type === type);
  if (!last && before?.reason === 'ProofFailed' && history) {
    return { type, status: 'False', reason: 'ProofFailed', message: before.message };
  }
  if (!lastPassed) {
    return { type, status: 'Unknown', reason: 'NotProven', message: 'no drill could tell yet' };
  }
  const { backupRunId, snapshotTime, time, recoveryTimeSeconds, content } = lastPassed;
  const what =
    content === 'SchemaOnly' ? `of ${snapshotTime} (${withoutData})` : `with the data of ${snapshotTime}`;
  const message = `run ${backupRunId} ${what} was restored and checked at ${time}, in ${shortDuration(recoveryTimeSeconds)}`;
  return { type, status: 'True', reason: 'Proven', message };
}

interface Measured {
  readonly recoveryTimeSeconds: number;
  readonly recoveryPointSeconds: number;
}

/** What the newest drill that passed measured. */
function measuredBy({ history, lastPassed }: Facts): Measured | undefined {
  if (!lastPassed) return undefined;
  const record: DrillRecord | undefined = history?.find(({ runId }) => runId === lastPassed.runId);
  const { recoveryTimeSeconds, snapshotTime, time } = lastPassed;
  const age = ((instantMilliseconds(time) ?? 0) - (instantMilliseconds(snapshotTime) ?? 0)) / 1000;
  return { recoveryTimeSeconds, recoveryPointSeconds: record?.recoveryPointSeconds ?? Math.max(0, age) };
}

export function objectivesMet({ objectives, source }: Promised, facts: Facts): Of<'ObjectivesMet'> {
  const type = 'ObjectivesMet';
  const { recoveryTimeSeconds: time, recoveryPointSeconds: point } = drillObjectives(objectives, source);
  if (time === undefined && point === undefined) {
    const only = objectives.recoveryPointSeconds === undefined ? '' : ' but one of source.pick Newest';
    return { type, status: 'Unknown', reason: 'NoObjective', message: `the spec sets no objective${only}` };
  }
  const measured = measuredBy(facts);
  if (!measured)
    return { type, status: 'Unknown', reason: 'NotMeasured', message: 'no drill has passed yet' };
  const message = [
    `recovery took ${shortDuration(measured.recoveryTimeSeconds)}${promise(time)}`,
    `its data was ${shortDuration(measured.recoveryPointSeconds)} old${promise(point)}`,
  ].join('; ');
  if (time !== undefined && measured.recoveryTimeSeconds > time) {
    return { type, status: 'False', reason: 'RecoveryTimeMissed', message };
  }
  if (point !== undefined && measured.recoveryPointSeconds > point) {
    return { type, status: 'False', reason: 'RecoveryPointMissed', message };
  }
  return { type, status: 'True', reason: 'WithinObjectives', message };
}

function promise(seconds: number | undefined): string {
  return seconds === undefined ? '' : `, promised at most ${formatSeconds(seconds)}`;
}
