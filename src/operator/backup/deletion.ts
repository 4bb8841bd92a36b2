import type { PostgresBackup, PostgresBackupStatus } from '../../api/v1alpha1/postgres-backup.ts';
import { cut } from '../../domain/amounts.ts';
import { addSeconds, instantMilliseconds, latestInstant, secondsUntil } from '../../domain/instant.ts';
import { jobType, networkPolicyType } from '../../kube/types.ts';
import type { Action, Decision, EventNote } from '../../runtime/decision.ts';
import type { BackupEventReason } from '../event-reasons.ts';
import { outcomeOf } from '../job/outcome.ts';
import { refusalBefore, refusalOf } from '../job/refusal.ts';
import { jobEnd } from '../job/report.ts';
import { endJob, isHeld, releaseJob } from '../job/release.ts';
import type { Trouble } from '../job/trouble.ts';
import { isOver } from '../job/trouble.ts';
import { annotationOf, labelNames, notes, requests } from '../marks.ts';
import { allJobs, isGoing } from '../run/all-jobs.ts';
import { releaseOrphans } from '../run/let-go.ts';
import type { SeenRunJob } from '../run/seen.ts';
import { releaseLease } from '../run/server-lease.ts';
import { onlyActions } from '../step.ts';
import { backupNetworkPolicy, pruneJob } from './objects.ts';
import { hasRunsFinalizer, removeFinalizer } from './runs-finalizer.ts';
import type { SeenPresent } from './seen.ts';
import { factsOf } from './seen.ts';
import { deletingStatus, heldStatus } from './status.ts';

/** After so many Jobs that could not remove the runs, the object goes without. */
const attemptLimit = 5;
/** The same for a removal that cannot even be tried: no repository, or a namespace that takes no new Jobs. */
const patienceSeconds = 900;
const noteLimit = 1000;
const firstPauseSeconds = 30;
const pollSeconds = 30;

/** The object goes. Runs stay in the store unless deletionPolicy is Delete; a Job never outlives its object. */
export function decideDeletion(
  seen: SeenPresent,
  now: Date,
): Decision<PostgresBackupStatus, BackupEventReason> {
  const jobs = allJobs(seen);
  if (!hasRunsFinalizer(seen)) return onlyActions(releaseOrphans(jobs.filter(({ job }) => isGoing(job))));
  const free = reasonToLetGo(seen, jobs, now);
  if (free) {
    const actions = [...releaseOrphans(jobs), removeFinalizer(seen)];
    return { actions, events: free.event ? [free.event] : [] };
  }
  const runs = jobs.filter((child) => !isPrune(child));
  const open = runs.filter(({ job, pods }) => isHeld(job) || pods.some((pod) => !isOver(pod)));
  if (open.length > 0) {
    return wait(seen, now, 'the Job of a run to end', open.flatMap(endRun));
  }
  if (isRetentionHeld(seen)) return hold(seen, jobs.filter(isPrune), now);
  return prune(seen, jobs.filter(isPrune), now);
}

function prune(
  seen: SeenPresent,
  attempts: readonly SeenRunJob[],
  now: Date,
): Decision<PostgresBackupStatus, BackupEventReason> {
  const active = attempts.find(({ job }) => jobEnd(job) === undefined);
  if (active) {
    const outcome = outcomeOf(active, now);
    const trouble = outcome.state === 'active' ? outcome.trouble?.message : undefined;
    return wait(seen, now, trouble ?? `Job ${active.job.metadata.name} to remove the runs from the store`);
  }
  const failure = lastFailure(attempts, now);
  const next = failure && addSeconds(failure.time, firstPauseSeconds * 2 ** (attempts.length - 1));
  if (failure && next && next > now) {
    return wait(
      seen,
      now,
      `the next try to remove the runs: ${failure.message}`,
      [],
      secondsUntil(next, now),
    );
  }
  const { settings, owner: backup, repository } = seen;
  if (repository.state === 'missing' || repository.state === 'invalid') {
    const remedy = repository.state === 'missing' ? 'create it' : 'correct its spec';
    const leave = `or set annotation ${requests.abandonRuns} to true to leave the runs in the store`;
    return wait(
      seen,
      now,
      `repository ${repository.name}, which is ${repository.state}: ${remedy}, ${leave}`,
    );
  }
  const parts = { settings, backup, repository: repository.spec };
  const waitsFor = 'the Job that removes the runs from the store';
  const statusWith = (refusal: Trouble | undefined): PostgresBackupStatus =>
    deletingStatus(seen, factsOf(backup), { waitsFor, refusal }, now);
  return {
    status: statusWith(refusalBefore(backup.status?.conditions)),
    actions: [
      { do: 'apply', type: networkPolicyType, object: backupNetworkPolicy(parts) },
      { do: 'create', type: jobType, object: pruneJob(parts, attempts.length + 1) },
    ],
    events: [],
    refused: (object, words) => {
      const refusal = refusalOf(object, words);
      return refusal && statusWith(refusal);
    },
    wakeAfterSeconds: pollSeconds,
  };
}

/** The runs stay until somebody lifts the hold, however long that takes; a removal under way is ended. */
function hold(
  seen: SeenPresent,
  attempts: readonly SeenRunJob[],
  now: Date,
): Decision<PostgresBackupStatus, BackupEventReason> {
  const message = `spec.retention.hold is true, so no run is removed from the store: set it to false, or annotation ${requests.abandonRuns} to true to let the object go without its runs`;
  const active = attempts.filter(({ job }) => jobEnd(job) === undefined);
  return {
    status: heldStatus(seen, factsOf(seen.owner), message, now),
    actions: active.flatMap(({ job }) => endJob(job)),
    events: [],
  };
}

/** As stored: a hold counts in a spec that is invalid elsewhere, too. */
function isRetentionHeld({ owner: backup }: SeenPresent): boolean {
  const { retention } = backup.spec as Partial<PostgresBackup['spec']>;
  return retention?.hold === true;
}

function reasonToLetGo(
  seen: SeenPresent,
  jobs: readonly SeenRunJob[],
  now: Date,
): { readonly event?: EventNote<BackupEventReason> } | undefined {
  const { owner: backup } = seen;
  if (backup.spec.deletionPolicy !== 'Delete') return {};
  if (annotationOf(backup.metadata, requests.abandonRuns) === 'true') {
    return { event: abandoned(`annotation ${requests.abandonRuns} is set`) };
  }
  if (seen.namespaceGoes)
    return { event: abandoned('its namespace goes, where no Job can be made any more') };
  const attempts = jobs.filter(isPrune);
  const done = attempts.find(({ job }) => jobEnd(job)?.complete === true);
  if (done) return { event: removed(done) };
  if (isRetentionHeld(seen) || attempts.some(({ job }) => jobEnd(job) === undefined)) return undefined;
  if (attempts.length >= attemptLimit) {
    const words = lastFailure(attempts, now)?.message ?? 'no reason is known';
    return { event: abandoned(`${String(attemptLimit)} tries to remove them failed: ${words}`) };
  }
  const since = triedSince(seen) ?? now;
  if (attempts.length > 0 || addSeconds(since, patienceSeconds) > now) return undefined;
  return { event: abandoned(neverTried(seen)) };
}

function neverTried({ owner: backup }: SeenPresent): string {
  const refusal = refusalBefore(backup.status?.conditions);
  const words = `no Job could be made to remove them in ${String(patienceSeconds)} s`;
  return refusal ? `${words}: ${refusal.message}` : words;
}

/** Since when the removal is waited for: neither time under a hold counts, nor time without an operator. */
function triedSince({ owner: backup }: SeenPresent): Date | undefined {
  const deleting = backup.status?.conditions?.find(
    ({ reason, type }) => type === 'Reconciling' && (reason === 'Deleting' || reason === 'JobRefused'),
  );
  const time = deleting && latestInstant(deleting.lastTransitionTime, backup.metadata.deletionTimestamp);
  return time ?? undefined;
}

/** From where: runs at a place that the repository was in before are none of the Job's business. */
function removed({ job }: SeenRunJob): EventNote<BackupEventReason> {
  const from = annotationOf(job.metadata, notes.location) ?? 'the store';
  return {
    type: 'Normal',
    reason: 'RunsRemoved',
    action: 'Prune',
    note: `every run was removed from ${from}`,
  };
}

function abandoned(because: string): EventNote<BackupEventReason> {
  const note = cut(`runs stay in the store although deletionPolicy is Delete: ${because}`, noteLimit);
  return { type: 'Warning', reason: 'RunsAbandoned', action: 'Prune', note };
}

function lastFailure(
  attempts: readonly SeenRunJob[],
  now: Date,
): { readonly time: Date; readonly message: string } | undefined {
  const failures = attempts.map((child) => {
    const end = child.job.status?.conditions?.find(
      ({ type, status }) => type === 'Failed' && status === 'True',
    );
    const outcome = outcomeOf(child, now);
    const report = outcome.state === 'finished' && outcome.report.state === 'read' && outcome.report.report;
    const message =
      report && report.kind === 'failed' ? `${report.reason}: ${report.message}` : 'its Job failed';
    return { time: new Date(instantMilliseconds(end?.lastTransitionTime) ?? now.getTime()), message };
  });
  return failures.toSorted((a, b) => b.time.getTime() - a.time.getTime())[0];
}

function wait(
  seen: SeenPresent,
  now: Date,
  waitsFor: string,
  actions: readonly Action[] = [],
  wakeAfterSeconds = pollSeconds,
): Decision<PostgresBackupStatus, BackupEventReason> {
  return {
    status: deletingStatus(seen, factsOf(seen.owner), { waitsFor }, now),
    actions,
    events: [],
    wakeAfterSeconds,
  };
}

function endRun({ job, lease }: SeenRunJob): readonly Action[] {
  return [...releaseLease(job, lease), ...(jobEnd(job) === undefined ? endJob(job) : releaseJob(job))];
}

function isPrune({ job }: SeenRunJob): boolean {
  return job.metadata.labels?.[labelNames.task] === 'prune';
}
