import type { CurrentRun, PostgresBackupSpec } from '../../api/v1alpha1/postgres-backup.ts';
import type { PostgresBackupStatus } from '../../api/v1alpha1/postgres-backup.ts';
import { latestInstant, toInstant } from '../../domain/instant.ts';
import type { Decision } from '../../runtime/decision.ts';
import type { BackupEventReason } from '../event-reasons.ts';
import { annotationOf, notes } from '../marks.ts';
import { onlyActions, rest, soonest } from '../step.ts';
import { outcomeOf } from '../job/outcome.ts';
import { refusalOf } from '../job/refusal.ts';
import type { Trouble } from '../job/trouble.ts';
import { advance } from './advance.ts';
import { foldReported } from './conclude-run.ts';
import { decideDeletion } from './deletion.ts';
import { launch } from './launch.ts';
import { releaseOrphans, sortLeftovers } from './leftovers.ts';
import { wantedFinalizer } from './runs-finalizer.ts';
import type { BackupStep, Facts, Seen, SeenPresent } from './seen.ts';
import { factsOf } from './seen.ts';
import type { SettledSlots } from './settle-slots.ts';
import { settleSlots } from './settle-slots.ts';
import { slotMark } from './slots.ts';
import { invalidStatus, objectiveFlipSeconds, statusOf, storedPromise } from './status.ts';

/**
 * One pass over a PostgresBackup. How a run goes, each arrow at least one pass, each pass safe to repeat:
 *
 *   due slot → Launching → (Job seen) Waiting → (Lease ours) Running → folded
 *                                                              └→ Inspecting → folded
 *
 * Status names a step before the step is done; a result is in status before the Job that holds it is let go.
 */
export function decide(seen: Seen, now: Date): Decision<PostgresBackupStatus, BackupEventReason> {
  if (seen.state === 'absent') return onlyActions(releaseOrphans(seen.orphans));
  if (seen.backup.metadata.deletionTimestamp !== undefined) return decideDeletion(seen, now);
  const before = factsOf(seen.backup);
  if (seen.spec.state === 'invalid') {
    const step = foldEnded(seen, before, now) ?? rest(before);
    const flip = objectiveFlipSeconds(seen, storedPromise(seen), step.facts, now);
    const status = invalidStatus(seen, step.facts, seen.spec.fault, now);
    return { status, actions: step.actions, events: step.events, ...wake(flip) };
  }
  const { spec } = seen.spec;
  const finalizer = wantedFinalizer(seen, spec.deletionPolicy === 'Delete');
  if (finalizer) return onlyActions([finalizer]);
  return decidePresent(seen, spec, before, now);
}

function decidePresent(
  seen: SeenPresent,
  spec: PostgresBackupSpec,
  before: Facts,
  now: Date,
): Decision<PostgresBackupStatus, BackupEventReason> {
  const leftovers = sortLeftovers(seen, before);
  const facts = leftovers.adopted ? adopt(seen, before, leftovers.adopted) : before;
  const slots = settleSlots(seen, spec, facts, now);
  const step = leftovers.adopted
    ? { ...rest(slots.facts), wakeAfterSeconds: 0 }
    : nextStep(seen, spec, slots, now);
  // A launch or a give-up moves the mark: what the schedule owes is then seen anew.
  const settled = withNextTime(seen, spec, step, now);
  return {
    status: statusOf(seen, spec, settled, now),
    actions: [...leftovers.actions, ...releaseOrphans(seen.orphans), ...settled.actions],
    events: [...slots.events, ...settled.events],
    refused: (object, words) => {
      const refusal = refusalOf(object, words);
      return refusal && statusOf(seen, spec, withRefusal(settled, refusal), now);
    },
    ...wake(
      soonest(
        slots.wakeAfterSeconds,
        settled.wakeAfterSeconds,
        objectiveFlipSeconds(seen, spec, settled.facts, now),
      ),
    ),
  };
}

/** What kept the worker of a run from ever starting stays: its conditions are the last witness. */
function withRefusal(step: BackupStep, refusal: Trouble): BackupStep {
  const { obstacle } = step;
  return { ...step, obstacle: obstacle && obstacle.reason !== refusal.reason ? obstacle : refusal };
}

/** While the spec is invalid nothing is begun, but a run that ends is recorded as far as it tells of itself. */
function foldEnded(seen: SeenPresent, facts: Facts, now: Date): BackupStep | undefined {
  const { currentRun: run } = facts;
  if (!run || seen.current.state !== 'ours') return undefined;
  const outcome = outcomeOf(seen.current, now);
  return outcome.state === 'finished' ? foldReported({ seen, facts, run, now }, outcome) : undefined;
}

function nextStep(
  seen: SeenPresent,
  spec: PostgresBackupSpec,
  { facts, due }: SettledSlots,
  now: Date,
): BackupStep {
  if (facts.currentRun) return advance({ seen, spec, facts, run: facts.currentRun, now });
  if (!due || seen.repository.state !== 'ready') return rest(facts);
  return launch(seen, spec, facts, due, now);
}

function withNextTime(seen: SeenPresent, spec: PostgresBackupSpec, step: BackupStep, now: Date): BackupStep {
  const anew = settleSlots(seen, spec, step.facts, now);
  return {
    ...step,
    facts: anew.facts,
    events: [...step.events, ...anew.events],
    wakeAfterSeconds: soonest(step.wakeAfterSeconds, anew.wakeAfterSeconds),
  };
}

/** Takes up a run whose Job is there but whose status was lost, with the marks that the object still carries. */
function adopt(seen: SeenPresent, facts: Facts, run: CurrentRun): Facts {
  const mark = latestInstant(
    slotMark(seen.backup, facts)?.toISOString(),
    run.trigger === 'Request' ? undefined : run.slotTime,
  );
  const lastRequest = facts.lastRequest ?? annotationOf(seen.backup.metadata, notes.lastRequest);
  return {
    ...facts,
    ...(mark && { lastSlotTime: toInstant(mark) }),
    ...(lastRequest !== undefined && { lastRequest }),
    currentRun: run,
  };
}

function wake(wakeAfterSeconds: number | undefined): { wakeAfterSeconds?: number } {
  return wakeAfterSeconds === undefined ? {} : { wakeAfterSeconds };
}
