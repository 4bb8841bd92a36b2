import { jobEnd } from '../job/report.ts';
import type { SeenRunJob, SeenRuns } from './seen.ts';

/** Every Job that belongs to an object or to a former one of its name. */
export function allJobs(seen: SeenRuns): readonly SeenRunJob[] {
  const named = [seen.current, seen.inspect].filter((child) => child.state === 'ours');
  return [...named, ...seen.others, ...seen.orphans];
}

/** True for a Job that is over or being removed. */
export function isGoing(job: SeenRunJob['job']): boolean {
  return job.metadata.deletionTimestamp !== undefined || jobEnd(job) !== undefined;
}
