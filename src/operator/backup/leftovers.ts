import type { CurrentRun } from '../../api/v1alpha1/postgres-backup.ts';
import type { Action } from '../../runtime/decision.ts';
import { jobEnd } from '../job/report.ts';
import { endJob, isHeld, releaseJob } from '../job/release.ts';
import { annotationOf, labelNames, notes } from '../marks.ts';
import type { Facts, SeenPresent, SeenRunJob } from './seen.ts';
import { releaseLease } from './server-lease.ts';

/**
 * Jobs of this backup that no run in status stands for. They come from a crash between a status write and the
 * actions after it, or from a status that was lost.
 */
export interface Leftovers {
  /** A run to go on with: its Job may have started, but status does not know it. */
  readonly adopted?: CurrentRun;
  readonly actions: readonly Action[];
}

export function sortLeftovers(seen: SeenPresent, facts: Facts): Leftovers {
  const held = seen.others.filter(({ job }) => isHeld(job));
  const strays = held.filter((child) => isStray(seen, facts, child));
  const settled = held.filter((child) => !strays.includes(child) && !isPrune(child));
  const adopted =
    facts.currentRun === undefined ? strays.map(asRun).find((run) => run !== undefined) : undefined;
  return { ...(adopted && { adopted }), actions: settled.flatMap(settle) };
}

/** Jobs of an object that is gone: nobody will read their reports. */
export function releaseOrphans(orphans: readonly SeenRunJob[]): readonly Action[] {
  return orphans.flatMap(({ job, lease }) => [...releaseLease(job, lease), ...releaseJob(job)]);
}

/**
 * A Job that ran or may run, and that neither status nor its list of runs knows. A suspended one counts only when the
 * whole status was lost: otherwise it was given up, for status is written before a Job is made.
 */
function isStray(seen: SeenPresent, facts: Facts, { job }: SeenRunJob): boolean {
  if (job.metadata.labels?.[labelNames.task] !== 'backup') return false;
  if (job.metadata.deletionTimestamp !== undefined && jobEnd(job) === undefined) return false;
  const runId = annotationOf(job.metadata, notes.runId);
  if (facts.runs?.some((run) => run.runId === runId)) return false;
  return job.spec?.suspend !== true || seen.backup.status?.observedGeneration === undefined;
}

function isPrune({ job }: SeenRunJob): boolean {
  return job.metadata.labels?.[labelNames.task] === 'prune';
}

function settle({ job, lease }: SeenRunJob): readonly Action[] {
  const end = jobEnd(job) === undefined ? endJob(job) : releaseJob(job);
  return [...releaseLease(job, lease), ...end];
}

/** The run that a Job was made for, as its annotations tell it. */
function asRun({ job }: SeenRunJob): CurrentRun | undefined {
  const { metadata } = job;
  const runId = annotationOf(metadata, notes.runId);
  const slotTime = annotationOf(metadata, notes.slotTime);
  const trigger = triggers.find((name) => name === annotationOf(metadata, notes.trigger));
  if (runId === undefined || slotTime === undefined || trigger === undefined) return undefined;
  return {
    runId,
    slotTime,
    trigger,
    jobName: metadata.name,
    stage: job.spec?.suspend === true ? 'Waiting' : 'Running',
    startTime: metadata.creationTimestamp ?? slotTime,
  };
}

const triggers = ['Schedule', 'Request', 'Once'] as const;
