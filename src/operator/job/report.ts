import type { ContainerStatus, Job, Pod } from '../../kube/types.ts';
import { Report, reportLimitBytes } from '../../task/report.ts';
import { workerContainer } from './worker-pod.ts';

/** What a worker left behind as its last word. */
export type ReportReading =
  | { readonly state: 'read'; readonly report: Report }
  /** `detail` says why there is nothing to read, as part of a sentence. */
  | { readonly state: 'unreadable'; readonly detail: string };

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

/** How the worker container of a pod ended; undefined while it has not. */
export function terminatedWorker(pod: Pod): Terminated | undefined {
  const statuses = pod.status?.containerStatuses ?? [];
  return statuses.find(({ name }) => name === workerContainer)?.state?.terminated;
}

/** Pods of a Job whose worker has ended, the last one first. */
export function endedPods(pods: readonly Pod[]): readonly Pod[] {
  const ended = pods.filter((pod) => terminatedWorker(pod) !== undefined);
  return ended.toSorted((a, b) => endTime(b).localeCompare(endTime(a)));
}

/**
 * The report of a Job that is over. Of several tries the one that succeeded speaks for a complete Job, the last one
 * for a failed Job. Whatever cannot be read in full is not read in part: then the store has to tell.
 */
export function readReport(complete: boolean, pods: readonly Pod[]): ReportReading {
  const ended = endedPods(pods);
  const speaker = complete
    ? ended.find((pod) => terminatedWorker(pod)?.exitCode === 0)
    : ended.find((pod) => terminatedWorker(pod) !== undefined);
  if (!speaker) return { state: 'unreadable', detail: 'no pod of it is left' };
  return parseReport(terminatedWorker(speaker)?.message);
}

/** A termination message as a report. */
export function parseReport(message: string | undefined): ReportReading {
  if (message === undefined || message === '') return unreadable('its pod left no report');
  if (utf8Length(message) > reportLimitBytes) {
    return unreadable(`its report is longer than ${String(reportLimitBytes)} bytes`);
  }
  const parsed = Report.safeParse(json(message));
  return parsed.success
    ? { state: 'read', report: parsed.data }
    : unreadable('its report is not one that this version can read');
}

/** True for a Job that will start no more pods. Interim conditions (FailureTarget) do not count. */
export function jobEnd(job: Job): { readonly complete: boolean; readonly reason?: string } | undefined {
  const end = job.status?.conditions?.find(
    ({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'),
  );
  if (!end) return undefined;
  return { complete: end.type === 'Complete', ...(end.reason !== undefined && { reason: end.reason }) };
}

function unreadable(detail: string): ReportReading {
  return { state: 'unreadable', detail };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Bytes of the text in UTF-8, without a codec: a character of n bytes is written as n percent triplets. */
function utf8Length(text: string): number {
  return encodeURIComponent(text.toWellFormed()).replaceAll(/%[0-9A-F]{2}/g, 'x').length;
}

function endTime(pod: Pod): string {
  return terminatedWorker(pod)?.finishedAt ?? pod.metadata.creationTimestamp ?? '';
}
