import type { DrillRecord } from '../../api/v1alpha1/backup-drill.ts';
import type { CurrentRun, RunRecord } from '../../api/v1alpha1/postgres-backup.ts';
import { requests } from '../../operator/marks.ts';
import type { Runner } from './target.ts';

/** How far a run is that somebody asked for. */
export type RequestState =
  /** The operator has not begun; `because`: what it says of the object meanwhile. */
  | { readonly kind: 'Asked'; readonly because: string }
  | { readonly kind: 'Running'; readonly run: Pick<CurrentRun, 'runId' | 'stage' | 'progress'> }
  | { readonly kind: 'Ended'; readonly record: RunRecord | DrillRecord }
  /** The annotation has another value now, and this request was never acted on. */
  | { readonly kind: 'Replaced' }
  /** Acted on, and pushed out of the history by later runs. */
  | { readonly kind: 'Forgotten' };

/**
 * What an object says of the request `value`, which was made at `askedAt`. `runId`: of the run that it was seen to lead
 * to.
 */
export function requestState(
  object: Runner,
  { value, askedAt, runId }: { readonly value: string; readonly askedAt: Date; readonly runId?: string },
): RequestState {
  const { status, metadata } = object;
  if (status?.lastRequest !== value) {
    if (metadata.annotations?.[requests.run] !== value && runId === undefined) return { kind: 'Replaced' };
    if (runId === undefined) return { kind: 'Asked', because: readiness(object) };
  }
  const { currentRun } = status ?? {};
  const isOurs =
    currentRun !== undefined &&
    (runId === undefined ? currentRun.trigger === 'Request' : currentRun.runId === runId);
  if (isOurs) return { kind: 'Running', run: currentRun };
  const record = recordsOf(object).find((one) =>
    runId === undefined
      ? one.trigger === 'Request' && Date.parse(one.startTime) >= askedAt.getTime() - skewMilliseconds
      : one.runId === runId,
  );
  return record === undefined ? { kind: 'Forgotten' } : { kind: 'Ended', record };
}

/** Between the clock of this machine and that of the operator. */
const skewMilliseconds = 120_000;

function recordsOf({ status }: Runner): readonly (RunRecord | DrillRecord)[] {
  if (status === undefined) return [];
  return 'history' in status ? (status.history ?? []) : 'runs' in status ? (status.runs ?? []) : [];
}

function readiness({ status }: Runner): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready === undefined ? 'the operator has not looked at it yet' : `${ready.reason}: ${ready.message}`;
}
