import type { ConditionType } from '../../api/v1alpha1/conditions.ts';
import { failureReasons } from '../../api/v1alpha1/failure-reasons.ts';
import type { FailureReason } from '../../api/v1alpha1/failure-reasons.ts';
import type { BackupRepositorySpec, BackupRepositoryStatus } from '../../api/v1alpha1/backup-repository.ts';
import type { Wanted } from '../conditions.ts';
import { withConditions } from '../conditions.ts';
import type { Trouble } from '../job/trouble.ts';
import type { Facts, ProbeResult, ProbeStep, SeenPresent } from './seen.ts';

type Kind = 'BackupRepository';
type Of<T extends ConditionType<Kind>> = Extract<Wanted<Kind>, { readonly type: T }>;

/** The status that a step came to. Conditions follow from facts and findings here and nowhere else. */
export function statusOf(
  seen: SeenPresent,
  spec: BackupRepositorySpec,
  step: ProbeStep,
  now: Date,
): BackupRepositoryStatus {
  const facts = { ...step.facts, ...placeOf(spec, step.facts) };
  const last = step.result ?? lastResult(seen, spec);
  const conditions = [stalled(step, last), reconciling(spec, step, last), ready(spec, step, last)];
  return withConditions<Kind, Facts>(seen.repository, facts, conditions, now);
}

/** A spec that this version cannot read: said aloud, and everything known before stays. */
export function invalidStatus(
  seen: SeenPresent,
  facts: Facts,
  fault: string,
  now: Date,
): BackupRepositoryStatus {
  const conditions: readonly Wanted<Kind>[] = [
    { type: 'Stalled', status: 'True', reason: 'InvalidSpec', message: fault },
    { type: 'Ready', status: 'False', reason: 'InvalidSpec', message: fault },
  ];
  return withConditions<Kind, Facts>(seen.repository, facts, conditions, now);
}

/**
 * What the last probe of the present spec found, as the conditions keep it; undefined when it has not ended. While
 * probing is suspended the last word stands, whatever is changed: its generation is not looked at.
 */
export function lastResult({ repository }: SeenPresent, spec: BackupRepositorySpec): ProbeResult | undefined {
  const ready = repository.status?.conditions?.find(({ type }) => type === 'Ready');
  if (!ready) return undefined;
  if (!spec.suspend && ready.observedGeneration !== repository.metadata.generation) return undefined;
  if (ready.status === 'True') return { passed: true, message: ready.message };
  // What keeps a probe from getting on is no result of one.
  if (ready.status === 'Unknown') return undefined;
  const reason = asFailure(ready.reason);
  return reason && { passed: false, reason, message: ready.message };
}

function asFailure(reason: string): FailureReason | undefined {
  return reason in failureReasons ? (reason as FailureReason) : undefined;
}

/** Columns of `kubectl get`; the worker's word about the location is better than the spec's, once there is one. */
function placeOf(spec: BackupRepositorySpec, facts: Facts): Pick<Facts, 'store' | 'location'> {
  if (spec.s3) {
    const { bucket, prefix } = spec.s3;
    return { store: 'S3', location: prefix === undefined ? bucket : `${bucket}/${prefix}` };
  }
  if (spec.volume) {
    const { claimName, path } = spec.volume;
    return { store: 'Volume', location: path === undefined ? claimName : `${claimName}/${path}` };
  }
  return facts.location === undefined ? {} : { location: facts.location };
}

function stalled(step: ProbeStep, last: ProbeResult | undefined): Of<'Stalled'> | undefined {
  const as = { type: 'Stalled', status: 'True' } as const;
  if (step.collision !== undefined) {
    return { ...as, reason: 'NameCollision', message: collisionMessage(step.collision) };
  }
  if (!last || last.passed || failureReasons[last.reason].retry) return undefined;
  return { ...as, reason: last.reason, message: last.message };
}

/** Probing again what is known to be good is no news; probing a new spec, or after a failure that may pass, is. */
function reconciling(
  spec: BackupRepositorySpec,
  { facts, obstacle, collision }: ProbeStep,
  last: ProbeResult | undefined,
): Of<'Reconciling'> | undefined {
  const as = { type: 'Reconciling', status: 'True' } as const;
  if (spec.suspend || collision !== undefined) return undefined;
  // Stalled until somebody acts: that it is probed again meanwhile is no way towards the spec.
  if (last && !last.passed && !failureReasons[last.reason].retry) return undefined;
  if (obstacle && isNews(obstacle, last)) {
    return { ...as, reason: obstacle.reason, message: obstacle.message };
  }
  if (!last) return { ...as, reason: 'Probing', message: 'the store is being probed' };
  if (last.passed) return undefined;
  const count = facts.failedProbes ?? 1;
  const words = count === 1 ? 'the last probe failed' : `the last ${String(count)} probes failed`;
  const next = facts.nextProbeTime === undefined ? '' : `; the next is due at ${facts.nextProbeTime}`;
  return { ...as, reason: 'Retrying', message: `${words}${next}` };
}

/** What is known to be good stays so while a probe is slow; that none can be made must not go unseen. */
function isNews({ reason }: Trouble, last: ProbeResult | undefined): boolean {
  return reason === 'JobRefused' || !last?.passed;
}

function ready(
  spec: BackupRepositorySpec,
  { collision, obstacle }: ProbeStep,
  last: ProbeResult | undefined,
): Of<'Ready'> {
  const type = 'Ready';
  if (collision !== undefined) {
    return { type, status: 'False', reason: 'NameCollision', message: collisionMessage(collision) };
  }
  if (!last) return { type, status: 'Unknown', ...notProbed(spec, obstacle) };
  return last.passed
    ? { type, status: 'True', reason: 'ProbePassed', message: last.message }
    : { type, status: 'False', reason: last.reason, message: last.message };
}

/** Why nothing is known of the present spec. */
function notProbed(
  { suspend }: BackupRepositorySpec,
  obstacle: Trouble | undefined,
): Pick<Of<'Ready'>, 'reason' | 'message'> {
  if (suspend) return { reason: 'Suspended', message: 'not probed while spec.suspend is true' };
  return obstacle ?? { reason: 'Probing', message: 'the first probe of this spec has not ended yet' };
}

function collisionMessage(collision: string): string {
  return `${collision} does not belong to this object but has the name that the probe needs; delete or rename it`;
}
