import type { BackupRepositorySpec, BackupRepositoryStatus } from '../../api/v1alpha1/backup-repository.ts';
import { cut } from '../../domain/amounts.ts';
import { secondsUntil } from '../../domain/instant.ts';
import type { Action, Decision, EventNote } from '../../runtime/decision.ts';
import type { RepositoryEventReason } from '../event-reasons.ts';
import type { SeenJob } from '../job/outcome.ts';
import { refusalOf } from '../job/refusal.ts';
import { jobEnd } from '../job/report.ts';
import { endJob, isHeld, releaseJob } from '../job/release.ts';
import { onlyActions, rest } from '../step.ts';
import { advanceProbe, beginProbe, nextProbeAt } from './probe.ts';
import type { Facts, ProbeStep, Seen, SeenPresent } from './seen.ts';
import { factsOf } from './seen.ts';
import { invalidStatus, lastResult, statusOf } from './status.ts';

const noteLimit = 1000;

/** One pass over a BackupRepository: probe when it is due, and say what the last probe of the present spec found. */
export function decide(seen: Seen, now: Date): Decision<BackupRepositoryStatus, RepositoryEventReason> {
  if (seen.state === 'absent') return onlyActions(release(seen.orphans));
  const loose = [...release(seen.orphans), ...seen.others.flatMap(endLeftover)];
  if (seen.repository.metadata.deletionTimestamp !== undefined) {
    const probe = seen.probe.state === 'ours' ? releaseJob(seen.probe.job) : [];
    return onlyActions([...loose, ...probe]);
  }
  const before = factsOf(seen.repository);
  if (seen.spec.state === 'invalid') {
    return { status: invalidStatus(seen, before, seen.spec.fault, now), actions: loose, events: [] };
  }
  const { spec } = seen.spec;
  const step = nextStep(seen, spec, before, now);
  return {
    status: statusOf(seen, spec, step, now),
    actions: [...loose, ...step.actions],
    events: [...step.events, ...news(seen, spec, step)],
    refused: (object, words) => {
      const obstacle = refusalOf(object, words);
      return obstacle && statusOf(seen, spec, { ...step, obstacle }, now);
    },
    ...(step.wakeAfterSeconds !== undefined && { wakeAfterSeconds: step.wakeAfterSeconds }),
  };
}

function nextStep(seen: SeenPresent, spec: BackupRepositorySpec, facts: Facts, now: Date): ProbeStep {
  const view = { seen, spec, facts, now };
  if (facts.currentProbe) return advanceProbe(view, facts.currentProbe.jobName);
  if (spec.suspend) return rest(facts);
  const due = nextProbeAt(view);
  if (due === undefined || due <= now) return beginProbe(view);
  return { ...rest(facts), wakeAfterSeconds: secondsUntil(due, now) };
}

/** An Event when a probe finds something other than the one before it. */
function news(
  seen: SeenPresent,
  spec: BackupRepositorySpec,
  { result, collision }: ProbeStep,
): readonly EventNote<RepositoryEventReason>[] {
  const before = seen.repository.status?.conditions?.find(({ type }) => type === 'Ready');
  if (collision !== undefined) {
    if (before?.reason === 'NameCollision') return [];
    return [
      { type: 'Warning', reason: 'NameCollision', action: 'Probe', note: `${collision} is in the way` },
    ];
  }
  if (!result) return [];
  if (result.passed) {
    if (before?.reason === 'ProbePassed') return [];
    return [{ type: 'Normal', reason: 'ProbePassed', action: 'Probe', note: cut(result.message, noteLimit) }];
  }
  const last = lastResult(seen, spec);
  if (last && !last.passed && last.reason === result.reason) return [];
  const note = cut(`${result.reason}: ${result.message}`, noteLimit);
  return [{ type: 'Warning', reason: 'ProbeFailed', action: 'Probe', note }];
}

function release(jobs: readonly SeenJob[]): readonly Action[] {
  return jobs.flatMap(({ job }) => releaseJob(job));
}

/** Jobs of former probes: what they found is in status, or is of no more interest. */
function endLeftover({ job }: SeenJob): readonly Action[] {
  if (!isHeld(job)) return [];
  return jobEnd(job) === undefined ? endJob(job) : releaseJob(job);
}
