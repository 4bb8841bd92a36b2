import type { Pod } from '../../kube/types.ts';
import type { JobOutcome } from './outcome.ts';
import { endedPods, parseReport, terminatedWorker } from './report.ts';
import type { Trouble } from './trouble.ts';

type Finished = Extract<JobOutcome, { state: 'finished' }>;

/**
 * True when any try of a run may have published it: it said so, or it left nothing to read. A later try that fails
 * knows nothing of what an earlier one had on the way to the store.
 */
export function mayBePublished(pods: readonly Pod[]): boolean {
  return endedPods(pods).some((pod) => {
    const reading = parseReport(terminatedWorker(pod)?.message);
    if (reading.state !== 'read' || reading.report.kind !== 'failed') return true;
    return reading.report.mayBePublished === true;
  });
}

/** Why a Job failed in its worker's own words; undefined where it left none. */
export function saidFailure({ complete, report, loss }: Finished): Trouble | undefined {
  if (complete || report.state !== 'read' || report.report.kind !== 'failed') return undefined;
  const { reason, message } = report.report;
  // A worker that is stopped at the deadline or by an eviction only knows that it was stopped.
  const isKnown = loss.reason === 'DeadlineExceeded' || loss.reason === 'Evicted';
  return reason === 'Interrupted' && isKnown ? loss : { reason, message };
}
