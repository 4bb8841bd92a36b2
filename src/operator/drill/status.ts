import type { BackupDrillSpec, BackupDrillStatus } from '../../api/v1alpha1/backup-drill.ts';
import type { Wanted } from '../conditions.ts';
import { withConditions } from '../conditions.ts';
import { runConditions } from '../run/run-conditions.ts';
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
    ...doing(seen, spec, step),
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

function doing(seen: SeenPresent, spec: BackupDrillSpec, step: DrillStep): readonly Wanted<Kind>[] {
  const state = {
    noun: 'drill',
    owner: seen.owner,
    spec,
    hasRun: step.facts.lastRun !== undefined,
    blocker: blockerOf(seen),
    waitingReason: 'WaitingForSource',
  } as const;
  return runConditions(state, step);
}
