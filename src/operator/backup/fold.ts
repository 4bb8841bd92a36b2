import type { CurrentRun, RunRecord } from '../../api/v1alpha1/postgres-backup.ts';
import { counted, cut, formatBytes, shortDuration } from '../../domain/amounts.ts';
import { instantMilliseconds, toInstant } from '../../domain/instant.ts';
import type { EventNote } from '../../runtime/decision.ts';
import type { BackupEventReason } from '../event-reasons.ts';
import type { RunFacts, StoredFacts } from '../../task/report.ts';
import type { Trouble } from '../job/trouble.ts';
import { endRun } from '../run/let-go.ts';
import { defined } from '../step.ts';
import type { BackupEnd, BackupStep, BackupTypes, Facts } from './seen.ts';

const runsKept = 10;
const noteLimit = 1000;
/** What the status schema takes. */
const messageLimit = 4096;
const databaseLimit = 63;

/** A verified run, as the worker or the store tells it. */
export interface GoodRun {
  readonly run: RunFacts;
  readonly stored?: StoredFacts | undefined;
  readonly notes: readonly string[];
}

/** Writes a good run into the facts and lets go of what held it. */
export function foldGood({ seen, facts, run: current }: BackupEnd, good: GoodRun): BackupStep {
  const { run, stored } = good;
  // The message of the run has it.
  const notes = good.notes.filter((note) => note !== run.standby);
  const record: RunRecord = {
    ...identityOf(current),
    startTime: wholeSeconds(run.startTime),
    completionTime: wholeSeconds(run.completionTime),
    outcome: 'Succeeded',
    reason: run.suspicious ? 'VerifiedSuspicious' : 'Verified',
    message: cut(goodMessage({ ...good, notes }), messageLimit),
    verifiedTo: run.verifiedTo,
    storedBytes: run.storedBytes,
    ...(run.phases && { phases: defined(run.phases) }),
    ...(run.suspicious && { suspicious: true }),
  };
  // Missed runs are counted since the last success.
  const { missedRuns: _made, ...others } = withRecord(facts, record);
  const next: Facts = {
    ...others,
    server: defined(run.server),
    lastSuccess: {
      runId: run.runId,
      snapshotTime: wholeSeconds(run.snapshotTime),
      storedBytes: run.storedBytes,
      verifiedTo: run.verifiedTo,
      ...(run.database !== undefined && { database: cut(run.database, databaseLimit) }),
      ...(current.location !== undefined && { location: current.location }),
    },
    ...(stored && { stored: storedFacts(stored) }),
  };
  const words = [record.message, ...(run.suspicious ? [] : notes)];
  return endRun<BackupTypes>(seen, next, [
    {
      type: run.suspicious ? 'Warning' : 'Normal',
      reason: run.suspicious ? 'RunSuspicious' : 'RunSucceeded',
      action: 'Backup',
      note: cut(words.join('; '), noteLimit),
    },
    ...newlyInvalid(facts, next),
  ]);
}

function newlyInvalid(before: Facts, { stored }: Facts): readonly EventNote<BackupEventReason>[] {
  const invalid = stored?.invalidRuns ?? 0;
  if (invalid <= (before.stored?.invalidRuns ?? 0)) return [];
  return [{ type: 'Warning', reason: 'RunsInvalid', action: 'Backup', note: invalidWords(invalid) }];
}

/** What to say of runs in the store whose manifest does not hold. */
export function invalidWords(count: number): string {
  return `${counted(count, 'run in the store has', 'runs in the store have')} a manifest that cannot be believed (digest, signature or sequence), so that no such run is counted or removed; keep the store as it is and look into it`;
}

/** Writes a failed run into the facts and lets go of what held it. */
export function foldBad({ seen, facts, run: current, now }: BackupEnd, failure: Trouble): BackupStep {
  const record: RunRecord = {
    ...identityOf(current),
    startTime: current.startTime,
    completionTime: toInstant(now),
    outcome: 'Failed',
    reason: failure.reason,
    message: cut(`${current.runId}: ${failure.message}`, messageLimit),
  };
  const note = cut(`${failure.reason}: ${record.message}`, noteLimit);
  return endRun<BackupTypes>(seen, withRecord(facts, record), [
    { type: 'Warning', reason: 'RunFailed', action: 'Backup', note },
  ]);
}

function identityOf({
  runId,
  trigger,
  slotTime,
}: CurrentRun): Pick<RunRecord, 'runId' | 'trigger' | 'slotTime'> {
  return { runId, trigger, slotTime };
}

/** Newest first; a run that is folded a second time replaces its record. */
function withRecord(facts: Facts, record: RunRecord): Facts {
  const others = (facts.runs ?? []).filter(({ runId }) => runId !== record.runId);
  return { ...facts, runs: [record, ...others].slice(0, runsKept) };
}

function storedFacts({
  runs,
  bytes,
  oldestSnapshotTime,
  invalidRuns,
}: StoredFacts): NonNullable<Facts['stored']> {
  const oldest = oldestSnapshotTime === undefined ? undefined : wholeSeconds(oldestSnapshotTime);
  return defined({ runs, bytes, oldestSnapshotTime: oldest, invalidRuns });
}

function goodMessage({ run, stored, notes }: GoodRun): string {
  const removedRuns = stored?.removedRuns ?? 0;
  const seconds =
    ((instantMilliseconds(run.completionTime) ?? 0) - (instantMilliseconds(run.startTime) ?? 0)) / 1000;
  const words = [
    `${formatBytes(run.storedBytes)} in ${shortDuration(seconds)}`,
    counted(run.tables, 'table'),
    `verified to ${run.verifiedTo}`,
    ...(run.signed ? [] : ['not signed']),
    ...(run.standby === undefined ? [] : [run.standby]),
    ...(removedRuns > 0 ? [`retention removed ${counted(removedRuns, 'run')}`] : []),
    ...(run.suspicious ? ['suspiciously smaller than before, so retention removes nothing'] : []),
  ];
  const why = run.suspicious ? notes : [];
  const held = stored?.retentionHeld;
  return [`${run.runId}: ${words.join(', ')}`, ...why, ...(held ? [held] : [])].join('; ');
}

function wholeSeconds(time: string): string {
  return toInstant(new Date(time));
}
