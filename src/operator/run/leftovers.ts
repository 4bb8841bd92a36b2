import type { CurrentRun } from '../../api/v1alpha1/run-status.ts';
import { RunTrigger } from '../../api/v1alpha1/run-status.ts';
import { latestInstant, toInstant } from '../../domain/instant.ts';
import type { Action } from '../../runtime/decision.ts';
import { endJob, isHeld, releaseJob } from '../job/release.ts';
import { jobEnd } from '../job/report.ts';
import { annotationOf, labelNames, notes } from '../marks.ts';
import type { Journal } from './journal.ts';
import type { RunKind, RunTypes } from './kind.ts';
import type { RunOwner, SeenRunJob } from './seen.ts';
import { releaseLease } from './server-lease.ts';
import { slotMark } from './slots.ts';

/**
 * Jobs of an object that no run in its status stands for. They come from a crash between a status write and the
 * actions after it, or from a status that was lost.
 */
export interface Leftovers {
  /** A run to go on with: its Job may have started, but status does not know it. */
  readonly adopted?: CurrentRun;
  readonly actions: readonly Action[];
}

export function sortLeftovers<T extends RunTypes>(
  kind: RunKind<T>,
  seen: T['seen'],
  facts: T['facts'],
): Leftovers {
  const held = seen.others.filter(({ job }) => isHeld(job));
  const strays = held.filter((child) => isStray(kind, seen, facts, child));
  const settled = held.filter((child) => !strays.includes(child) && !isPrune(child));
  const { currentRun }: Journal = facts;
  const adopted = currentRun === undefined ? strays.map(asRun).find((run) => run !== undefined) : undefined;
  return { ...(adopted && { adopted }), actions: settled.flatMap(settle) };
}

/** Takes up a run whose Job is there but whose status was lost, with the marks that the object still carries. */
export function adopt<T extends RunTypes>(owner: RunOwner, facts: T['facts'], run: CurrentRun): T['facts'] {
  const journal: Journal = facts;
  const mark = latestInstant(
    slotMark(owner, journal)?.toISOString(),
    run.trigger === 'Request' ? undefined : run.slotTime,
  );
  const lastRequest = journal.lastRequest ?? annotationOf(owner.metadata, notes.lastRequest);
  return {
    ...facts,
    ...(mark && { lastSlotTime: toInstant(mark) }),
    ...(lastRequest !== undefined && { lastRequest }),
    currentRun: run,
  };
}

/**
 * A Job that ran or may run, and that neither status nor its list of runs knows. A suspended one counts only when the
 * whole status was lost: otherwise it was given up, for status is written before a Job is made.
 */
function isStray<T extends RunTypes>(
  kind: RunKind<T>,
  { owner }: T['seen'],
  facts: T['facts'],
  { job }: SeenRunJob,
): boolean {
  if (job.metadata.labels?.[labelNames.task] !== kind.task) return false;
  if (job.metadata.deletionTimestamp !== undefined && jobEnd(job) === undefined) return false;
  const runId = annotationOf(job.metadata, notes.runId);
  if (runId !== undefined && kind.hasEnded(facts, runId)) return false;
  return job.spec?.suspend !== true || owner.status?.observedGeneration === undefined;
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
  const trigger = RunTrigger.safeParse(annotationOf(metadata, notes.trigger));
  if (runId === undefined || slotTime === undefined || !trigger.success) return undefined;
  return {
    runId,
    slotTime,
    trigger: trigger.data,
    jobName: metadata.name,
    stage: job.spec?.suspend === true ? 'Waiting' : 'Running',
    startTime: metadata.creationTimestamp ?? slotTime,
  };
}
