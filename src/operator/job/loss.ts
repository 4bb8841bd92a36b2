import type { FailureReason } from '../../api/v1alpha1/failure-reasons.ts';
import type { Job, Pod } from '../../kube/types.ts';
import { exitCodes, killedExitCode } from '../../task/exit-codes.ts';
import { disruptionOf } from './disruption.ts';
import { lackOfMemory } from './out-of-memory.ts';
import type { Trouble } from './trouble.ts';
import { endedPods, jobEnd, terminatedWorker } from './report.ts';

type Finding = (job: Job | undefined, pods: readonly Pod[]) => Trouble | undefined;

/** Why a worker left no report, as far as its Job and pods tell; the first finding counts. */
const findings: readonly Finding[] = [
  jobHitItsDeadline,
  podWasEvicted,
  workerRanOutOfMemory,
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
  if (!last) return undefined;
  const words = lackOfMemory(last);
  return words === undefined ? undefined : trouble('OutOfMemory', `pod ${last.metadata.name} ${words}`);
}

function podWasEvicted(_job: Job | undefined, pods: readonly Pod[]): Trouble | undefined {
  for (const pod of pods) {
    const { status } = pod;
    const disruption = disruptionOf(pod);
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
