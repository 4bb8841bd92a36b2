import type { FailureReason } from '../../api/v1alpha1/failure-reasons.ts';
import type { Job, Pod } from '../../kube/types.ts';
import { exitCodes, killedExitCode } from '../../task/exit-codes.ts';
import type { Trouble } from './trouble.ts';
import { endedPods, jobEnd, terminatedWorker } from './report.ts';

type Finding = (job: Job | undefined, pods: readonly Pod[]) => Trouble | undefined;

/** Why a worker left no report, as far as its Job and pods tell; the first finding counts. */
const findings: readonly Finding[] = [
  jobHitItsDeadline,
  workerRanOutOfMemory,
  podWasEvicted,
  taskWasUnreadable,
  workerWasStopped,
];

/**
 * Why there is no report. Without a finding the reason is ManifestMissing, which is what it comes to when the store
 * holds no manifest either.
 */
export function lossOf(job: Job | undefined, pods: readonly Pod[], detail: string): Trouble {
  for (const finding of findings) {
    const found = finding(job, pods);
    if (found) return found;
  }
  return { reason: 'ManifestMissing', message: `the worker ended without a report: ${detail}` };
}

function jobHitItsDeadline(job: Job | undefined): Trouble | undefined {
  if (!job || jobEnd(job)?.reason !== 'DeadlineExceeded') return undefined;
  return trouble('DeadlineExceeded', 'the Job was ended at its deadline');
}

function workerRanOutOfMemory(_job: Job | undefined, pods: readonly Pod[]): Trouble | undefined {
  const last = endedPods(pods)[0];
  const end = last && terminatedWorker(last);
  // With very little memory it is the runtime's own first step that is killed, and the container never starts.
  const neverStarted = end?.reason === 'StartError' && end.message?.includes('OOM-killed') === true;
  if (!last || (end?.reason !== 'OOMKilled' && !neverStarted)) return undefined;
  return trouble('OutOfMemory', `pod ${last.metadata.name} was killed for lack of memory`);
}

function podWasEvicted(_job: Job | undefined, pods: readonly Pod[]): Trouble | undefined {
  for (const pod of pods) {
    const { status } = pod;
    const disruption = status?.conditions?.find(
      (condition) => condition.type === 'DisruptionTarget' && condition.status === 'True',
    );
    if (status?.reason !== 'Evicted' && !disruption) continue;
    const words = disruption?.message ?? status?.message ?? 'no message';
    return trouble('Evicted', `pod ${pod.metadata.name} was evicted: ${words}`);
  }
  return undefined;
}

function taskWasUnreadable(_job: Job | undefined, pods: readonly Pod[]): Trouble | undefined {
  const last = endedPods(pods)[0];
  if (!last || terminatedWorker(last)?.exitCode !== exitCodes.taskInvalid) return undefined;
  return trouble('TaskInvalid', `pod ${last.metadata.name} could not read its task`);
}

function workerWasStopped(_job: Job | undefined, pods: readonly Pod[]): Trouble | undefined {
  const last = endedPods(pods)[0];
  if (!last) return undefined;
  const code = terminatedWorker(last)?.exitCode;
  if (code === exitCodes.interrupted) {
    return trouble('Interrupted', `pod ${last.metadata.name} was asked to stop`);
  }
  if (code === killedExitCode) return trouble('Interrupted', `pod ${last.metadata.name} was killed`);
  return undefined;
}

function trouble(reason: FailureReason, message: string): Trouble {
  return { reason, message };
}
