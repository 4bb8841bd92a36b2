import type { CurrentRun } from '../../api/v1alpha1/run-status.ts';
import type { ObjectKey, ResourceType } from '../../base/resource.ts';
import type { Job } from '../../kube/types.ts';
import type { Observer } from '../../runtime/controller-definition.ts';
import { findJob, jobsByOwnerName, ofFormerOwner, podsOf, withPods } from '../job/read-jobs.ts';
import { annotationOf, isControlledBy, notes } from '../marks.ts';
import type { Settings } from '../settings.ts';
import { inspectJobName, slotIdOf } from './names.ts';
import { readLease } from './read-lease.ts';
import type { ProgressReader } from './read-progress.ts';
import { freshProgress } from './read-progress.ts';
import type { RunOwner, SeenChild, SeenRunJob, SeenRuns } from './seen.ts';

export interface ObservePorts {
  readonly settings: Settings;
  readonly now: () => Date;
  readonly readProgress: ProgressReader;
}

/** What the Jobs of a kind work at. */
export type Servers =
  /** At nothing that others might work at, too. */
  | { readonly shared: false }
  /** `lease`: of a Job that does not name its own. */
  | { readonly shared: true; readonly lease?: string | undefined };

interface Looking {
  readonly ports: ObservePorts;
  readonly observer: Observer;
  readonly servers: Servers;
}

type Found = Pick<SeenRuns, 'current' | 'inspect' | 'others' | 'progress'>;

/** Held Jobs of a former object of the name; `owner`: the present one. */
export async function observeOrphans(
  looking: Looking,
  type: ResourceType,
  key: ObjectKey,
  owner: RunOwner | undefined,
): Promise<readonly SeenRunJob[]> {
  const { observer } = looking;
  const jobs = jobsByOwnerName(observer, type.kind, key);
  return await seenJobs(looking, await ofFormerOwner(observer, type, key, jobs, owner));
}

/** The Jobs of an object, as the launch protocol looks at them. */
export async function observeRuns(
  looking: Looking,
  owner: RunOwner,
  run: CurrentRun | undefined,
): Promise<Found> {
  const { ports, observer } = looking;
  const key = { namespace: owner.metadata.namespace ?? '', name: owner.metadata.name };
  const named = run ? [run.jobName, inspectJobName(run)] : [];
  const others = jobsByOwnerName(observer, owner.kind, key).filter(
    (job) => isControlledBy(job, owner) && !named.includes(job.metadata.name),
  );
  const current = run ? await seeRunJob(looking, owner, run) : ({ state: 'none' } as const);
  const progress = await freshProgress(ports, observer, run, current);
  return {
    current,
    inspect: run?.stage === 'Inspecting' ? await seeInspectJob(looking, owner, run) : { state: 'none' },
    others: await seenJobs(looking, others),
    ...(progress && { progress }),
  };
}

async function seeRunJob(looking: Looking, owner: RunOwner, run: CurrentRun): Promise<SeenChild> {
  const { observer, servers } = looking;
  const key = { namespace: owner.metadata.namespace ?? '', name: run.jobName };
  const job = await findJob(observer, key);
  if (!job) return { state: 'absent', pods: podsOf(observer, key) };
  const isOurs = isControlledBy(job, owner) && annotationOf(job.metadata, notes.slotId) === slotIdOf(run);
  if (!isOurs) return { state: 'foreign', name: run.jobName };
  const fallback = servers.shared ? servers.lease : undefined;
  return { state: 'ours', ...(await seenJob(looking, job, fallback)) };
}

async function seeInspectJob({ observer }: Looking, owner: RunOwner, run: CurrentRun): Promise<SeenChild> {
  const key = { namespace: owner.metadata.namespace ?? '', name: inspectJobName(run) };
  const job = await findJob(observer, key);
  if (!job) return { state: 'absent', pods: [] };
  const isOurs = isControlledBy(job, owner) && annotationOf(job.metadata, notes.runId) === run.runId;
  if (!isOurs) return { state: 'foreign', name: key.name };
  return { state: 'ours', ...(await withPods(observer, job)), lease: { state: 'unread' } };
}

async function seenJobs(looking: Looking, jobs: readonly Job[]): Promise<readonly SeenRunJob[]> {
  return await Promise.all(jobs.map((job) => seenJob(looking, job)));
}

async function seenJob(
  { ports, observer, servers }: Looking,
  job: Job,
  fallbackLease?: string,
): Promise<SeenRunJob> {
  const seen = await withPods(observer, job);
  if (!servers.shared) return { ...seen, lease: { state: 'none' } };
  const name = annotationOf(job.metadata, notes.lease) ?? fallbackLease;
  return { ...seen, lease: await readLease(ports.settings, observer, job, name) };
}
