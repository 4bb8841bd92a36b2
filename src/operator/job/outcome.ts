import type { Job, Pod } from '../../kube/types.ts';
import { lossOf } from './loss.ts';
import type { ReportReading } from './report.ts';
import { jobEnd, readReport } from './report.ts';
import type { Trouble } from './trouble.ts';
import { troubleOf } from './trouble.ts';

/** A worker's Job with its pods, as observed. */
export interface SeenJob {
  readonly job: Job;
  readonly pods: readonly Pod[];
}

/** How far a worker's Job is. */
export type JobOutcome =
  | { readonly state: 'suspended' }
  | { readonly state: 'active'; readonly trouble?: Trouble }
  /** `loss` says what happened should the report be of no use. */
  | {
      readonly state: 'finished';
      readonly complete: boolean;
      readonly report: ReportReading;
      readonly loss: Trouble;
    };

export function outcomeOf({ job, pods }: SeenJob, now: Date): JobOutcome {
  const end = jobEnd(job);
  if (end) {
    const report = readReport(end.complete, pods);
    const detail = report.state === 'read' ? 'its report does not fit its task' : report.detail;
    return { state: 'finished', complete: end.complete, report, loss: lossOf(job, pods, detail) };
  }
  if (job.spec?.suspend === true) return { state: 'suspended' };
  const trouble = troubleOf(job, pods, now);
  return { state: 'active', ...(trouble && { trouble }) };
}
