import type { BackupDrillSpec, BackupDrillStatus } from '../../api/v1alpha1/backup-drill.ts';
import type { ConditionStatus } from '../../api/v1alpha1/condition.ts';
import { withConditions } from '../conditions.ts';
import { collisionMessage } from '../run/words.ts';
import { defined } from '../step.ts';
import { blockerOf } from './blocker.ts';
import { lastRunSucceeded, objectivesMet, verified } from './results.ts';
import type { Of, Promised } from './results.ts';
import type { DrillStep, Facts, SeenPresent } from './seen.ts';

type Kind = 'BackupDrill';

/** The status that a step came to. Conditions follow from facts and findings here and nowhere else. */
export function statusOf(
  seen: SeenPresent,
  spec: BackupDrillSpec,
  step: DrillStep,
  now: Date,
): BackupDrillStatus {
  const met = objectivesMet(spec, step.facts);
  const conditions = [
    stalled(step),
    reconciling(seen, spec, step),
    ready(seen, spec, step),
    lastRunSucceeded(step.facts),
    verified(seen.owner, step.facts),
    met,
  ];
  return withConditions<Kind, Facts>(seen.owner, withObjective(step.facts, met), conditions, now);
}

/** A spec that this version cannot read: said aloud, and everything known before stays. */
export function invalidStatus(seen: SeenPresent, facts: Facts, fault: string, now: Date): BackupDrillStatus {
  const met = objectivesMet(storedPromise(seen), facts);
  return withConditions<Kind, Facts>(
    seen.owner,
    withObjective(facts, met),
    [
      { type: 'Stalled', status: 'True', reason: 'InvalidSpec', message: fault },
      { type: 'Ready', status: 'False', reason: 'InvalidSpec', message: fault },
      lastRunSucceeded(facts),
      verified(seen.owner, facts),
      met,
    ],
    now,
  );
}

/** The object goes, and with it its Jobs. */
export function deletingStatus(seen: SeenPresent, facts: Facts, now: Date): BackupDrillStatus {
  const message = 'no drill is started any more';
  return withConditions<Kind, Facts>(
    seen.owner,
    facts,
    [{ type: 'Ready', status: 'False', reason: 'Deleting', message }],
    now,
    ['LastRunSucceeded', 'Verified', 'ObjectivesMet'],
  );
}

/** What a spec promises as far as it can be read. */
function storedPromise({ owner }: SeenPresent): Promised {
  const { objectives, source } = owner.spec as Partial<BackupDrillSpec>;
  const known = Object.entries(objectives ?? {}).filter(([, value]) => typeof value === 'number');
  return { objectives: Object.fromEntries(known), source: source ?? {} };
}

/** The printed column; nothing where nothing is promised. */
function withObjective(facts: Facts, { status, reason }: Of<'ObjectivesMet'>): Facts {
  const { objective: _before, ...others } = facts;
  if (reason === 'NoObjective') return defined(others);
  const objective = ({ True: 'Met', False: 'Missed', Unknown: 'Unknown' } as const)[status];
  return defined({ ...others, objective });
}

function stalled({ collision }: DrillStep): Of<'Stalled'> | undefined {
  if (collision === undefined) return undefined;
  return {
    type: 'Stalled',
    status: 'True',
    reason: 'NameCollision',
    message: collisionMessage(collision, 'drill'),
  };
}

function reconciling(
  seen: SeenPresent,
  spec: BackupDrillSpec,
  { facts, obstacle }: DrillStep,
): Of<'Reconciling'> | undefined {
  const condition = { type: 'Reconciling', status: 'True' } as const;
  if (obstacle) return { ...condition, reason: obstacle.reason, message: obstacle.message };
  const blocker = blockerOf(seen);
  if (isFirstRun(spec, facts) && (facts.currentRun || !blocker)) {
    const { currentRun: run } = facts;
    const message = run ? `drill ${run.runId} is on its way` : 'the drill is still to start';
    return { ...condition, reason: 'FirstRun', message };
  }
  if (spec.suspend || facts.currentRun || !blocker) return undefined;
  return { ...condition, reason: 'WaitingForSource', message: blocker.message };
}

function ready(seen: SeenPresent, spec: BackupDrillSpec, step: DrillStep): Of<'Ready'> {
  const { facts, collision, waitsFor } = step;
  const as = (status: ConditionStatus, reason: Of<'Ready'>['reason'], message: string): Of<'Ready'> => ({
    type: 'Ready',
    status,
    reason,
    message,
  });
  if (collision !== undefined) return as('False', 'NameCollision', collisionMessage(collision, 'drill'));
  if (facts.currentRun) {
    const words = waitsFor === undefined ? 'is on its way' : `waits for ${waitsFor}`;
    const message = `drill ${facts.currentRun.runId} ${words}`;
    return as(isFirstRun(spec, facts) ? 'Unknown' : 'True', 'Running', message);
  }
  if (spec.suspend) return as('True', 'Suspended', 'no drill is started while spec.suspend is true');
  const blocker = blockerOf(seen);
  if (blocker) return as('False', blocker.reason, blocker.message);
  if (facts.nextRunTime !== undefined && spec.schedule !== undefined) {
    const message = `next drill ${facts.nextRunTime} (${spec.schedule}, ${spec.timeZone})`;
    return as('True', 'Scheduled', message);
  }
  if (isFirstRun(spec, facts)) return as('Unknown', 'Running', 'the drill is about to start');
  return as('True', 'WaitingForRequest', 'runs on request (annotation pgcairn.dev/run-requested)');
}

/** A drill without a schedule has reached what it was made for once its one run has ended. */
function isFirstRun(spec: BackupDrillSpec, { lastRun }: Facts): boolean {
  return spec.schedule === undefined && lastRun === undefined && !spec.suspend;
}
