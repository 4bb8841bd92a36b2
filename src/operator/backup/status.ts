import type { ConditionType } from '../../api/v1alpha1/conditions.ts';
import type { PostgresBackupSpec, PostgresBackupStatus } from '../../api/v1alpha1/postgres-backup.ts';
import { cut, formatSeconds } from '../../domain/amounts.ts';
import { instantMilliseconds, secondsUntil } from '../../domain/instant.ts';
import { recoveryPoint } from '../../domain/objectives.ts';
import type { Trouble } from '../job/trouble.ts';
import type { Wanted } from '../conditions.ts';
import { withConditions } from '../conditions.ts';
import { repositoryBlocker } from '../run/miss-reason.ts';
import { runConditions } from '../run/run-conditions.ts';
import { repositoryMessage } from '../run/words.ts';
import { defined } from '../step.ts';
import { invalidWords } from './fold.ts';
import type { BackupStep, Facts, SeenPresent } from './seen.ts';

type Kind = 'PostgresBackup';
type Promised = Pick<PostgresBackupSpec, 'objectives'>;
/** What the status schema takes. */
const databasesLimit = 8192;
const messageLimit = 4096;
type Of<T extends ConditionType<Kind>> = Extract<Wanted<Kind>, { readonly type: T }>;

/** The status that a step came to. Conditions follow from facts and findings here and nowhere else. */
export function statusOf(
  seen: SeenPresent,
  spec: PostgresBackupSpec,
  step: BackupStep,
  now: Date,
): PostgresBackupStatus {
  const { databases: _databases, objective: _objective, ...facts } = step.facts;
  const met = objectivesMet(seen, spec, step.facts, now);
  return withConditions<Kind, Facts>(
    seen.owner,
    defined({ ...facts, databases: databasesOf(spec, step.facts), objective: objectiveWord(met) }),
    [...doing(seen, spec, step), lastRunSucceeded(step.facts), met],
    now,
  );
}

/** The printed column; nothing where nothing is promised. */
function objectiveWord({ status, reason }: Of<'ObjectivesMet'>): Facts['objective'] | undefined {
  if (reason === 'NoObjective') return undefined;
  return ({ True: 'Met', False: 'Missed', Unknown: 'Unknown' } as const)[status];
}

/** A spec that this version cannot read: said aloud, and everything known before stays. */
export function invalidStatus(
  seen: SeenPresent,
  facts: Facts,
  fault: string,
  now: Date,
): PostgresBackupStatus {
  const met = objectivesMet(seen, storedPromise(seen), facts, now);
  const conditions: readonly Wanted<Kind>[] = [
    { type: 'Stalled', status: 'True', reason: 'InvalidSpec', message: fault },
    { type: 'Ready', status: 'False', reason: 'InvalidSpec', message: fault },
    lastRunSucceeded(facts),
    met,
  ];
  const { objective: _objective, ...others } = facts;
  return withConditions<Kind, Facts>(
    seen.owner,
    defined({ ...others, objective: objectiveWord(met) }),
    conditions,
    now,
  );
}

/** The object goes, and waits for something; `refusal` is what keeps that from being made. */
export function deletingStatus(
  seen: SeenPresent,
  facts: Facts,
  { waitsFor, refusal }: { readonly waitsFor: string; readonly refusal?: Trouble | undefined },
  now: Date,
): PostgresBackupStatus {
  const message = refusal?.message ?? `waits for ${waitsFor}`;
  const conditions: readonly Wanted<Kind>[] = [
    { type: 'Reconciling', status: 'True', reason: refusal?.reason ?? 'Deleting', message },
    { type: 'Ready', status: 'False', reason: 'Deleting', message },
  ];
  return withConditions<Kind, Facts>(seen.owner, facts, conditions, now, [
    'LastRunSucceeded',
    'ObjectivesMet',
  ]);
}

/** The object goes, but may not take its runs with it. */
export function heldStatus(
  seen: SeenPresent,
  facts: Facts,
  message: string,
  now: Date,
): PostgresBackupStatus {
  const conditions: readonly Wanted<Kind>[] = [
    { type: 'Stalled', status: 'True', reason: 'RetentionHeld', message },
    { type: 'Ready', status: 'False', reason: 'Deleting', message },
  ];
  return withConditions<Kind, Facts>(seen.owner, facts, conditions, now, [
    'LastRunSucceeded',
    'ObjectivesMet',
  ]);
}

/** What a spec promises as far as it can be read: a promise ages on while the rest of the spec is invalid. */
export function storedPromise({ owner: backup }: SeenPresent): Promised {
  const { objectives } = backup.spec as Partial<PostgresBackupSpec>;
  const seconds: unknown = objectives?.recoveryPointSeconds;
  return { objectives: typeof seconds === 'number' ? { recoveryPointSeconds: seconds } : {} };
}

/** Seconds until ObjectivesMet changes by the mere passing of time; undefined when it will not. */
export function objectiveFlipSeconds(
  seen: SeenPresent,
  spec: Promised,
  facts: Facts,
  now: Date,
): number | undefined {
  const point = recoveryPointOf(seen, spec, facts, now);
  if (!point || point.state === 'missed') return undefined;
  return secondsUntil(point.flipsAt, now) + 1;
}

/** `all`, or the names that the spec gives; where it leaves them to a Secret, what the last good run found there. */
function databasesOf(
  { databases, connection }: PostgresBackupSpec,
  { lastSuccess }: Facts,
): string | undefined {
  if (databases?.all) return 'all';
  if (databases?.names) return cut(databases.names.join(','), databasesLimit);
  return connection.database ?? lastSuccess?.database;
}

function doing(
  { owner, repository }: SeenPresent,
  spec: PostgresBackupSpec,
  step: BackupStep,
): readonly Wanted<Kind>[] {
  const reason = repositoryBlocker(repository);
  const state = {
    noun: 'run',
    owner,
    spec,
    hasRun: (step.facts.runs ?? []).length > 0,
    blocker: reason && { reason, message: repositoryMessage(repository) },
    waitingReason: 'WaitingForRepository',
  } as const;
  return runConditions(state, step);
}

function lastRunSucceeded({ runs, stored }: Facts): Of<'LastRunSucceeded'> {
  const [last] = runs ?? [];
  const type = 'LastRunSucceeded';
  if (!last) return { type, status: 'Unknown', reason: 'NeverRan', message: 'no run has ended yet' };
  const status = last.outcome === 'Succeeded' ? 'True' : 'False';
  const invalid = stored?.invalidRuns ?? 0;
  const message = invalid === 0 ? last.message : `${last.message}; ${invalidWords(invalid)}`;
  return { type, status, reason: last.reason, message: cut(message, messageLimit) };
}

/** Messages name times, not ages: an age would be another in every pass, and every pass would write. */
function objectivesMet(seen: SeenPresent, spec: Promised, facts: Facts, now: Date): Of<'ObjectivesMet'> {
  const type = 'ObjectivesMet';
  const point = recoveryPointOf(seen, spec, facts, now);
  const { recoveryPointSeconds } = spec.objectives;
  if (!point || recoveryPointSeconds === undefined) {
    return { type, status: 'Unknown', reason: 'NoObjective', message: 'the spec sets no objective' };
  }
  const promise = `promised at most ${formatSeconds(recoveryPointSeconds)} old`;
  const newest = facts.lastSuccess?.snapshotTime;
  if (newest === undefined) {
    const status = point.state === 'missed' ? 'False' : 'Unknown';
    return { type, status, reason: 'NoVerifiedBackup', message: `no data is verified yet, ${promise}` };
  }
  const message = `the newest verified data is of ${newest}, ${promise}`;
  return point.state === 'within'
    ? { type, status: 'True', reason: 'WithinRecoveryPoint', message }
    : { type, status: 'False', reason: 'RecoveryPointMissed', message };
}

function recoveryPointOf(
  seen: SeenPresent,
  spec: Promised,
  facts: Facts,
  now: Date,
): ReturnType<typeof recoveryPoint> | undefined {
  const { recoveryPointSeconds } = spec.objectives;
  if (recoveryPointSeconds === undefined) return undefined;
  const newest = instantMilliseconds(facts.lastSuccess?.snapshotTime);
  const created = new Date(instantMilliseconds(seen.owner.metadata.creationTimestamp) ?? now.getTime());
  return recoveryPoint(
    recoveryPointSeconds,
    newest === undefined ? undefined : new Date(newest),
    created,
    now,
  );
}
