import { Verdict } from '../../api/v1alpha1/backup-drill-status.ts';
import type { BackupDrill, BackupDrillSpec, DrillRecord } from '../../api/v1alpha1/backup-drill.ts';
import { drillObjectives } from '../../domain/objectives.ts';
import { proofDue } from '../../domain/proof-due.ts';
import type { GaugeDefinition } from '../../runtime/metrics.ts';
import type { Objects } from './object-gauges.ts';
import { objectGauge, seconds } from './object-gauges.ts';

type Read = (drill: BackupDrill) => number | undefined;

const gauges: readonly (readonly [string, string, Read])[] = [
  [
    'pgcairn_drill_last_run_timestamp_seconds',
    'When the newest drill ended, whatever it came to',
    ({ status }) => seconds(status?.lastRun?.completionTime),
  ],
  [
    'pgcairn_drill_last_passed_timestamp_seconds',
    'When the newest drill that passed ended',
    ({ status }) => seconds(status?.lastPassed?.time),
  ],
  [
    'pgcairn_drill_verified',
    '1 while the newest drill that could tell passed, 0 while it failed',
    ({ status }) => verdictOf(status?.conditions?.find(({ type }) => type === 'Verified')?.status),
  ],
  [
    'pgcairn_drill_recovery_time_seconds',
    'Recovery time that the newest drill that passed measured',
    ({ status }) => status?.lastPassed?.recoveryTimeSeconds,
  ],
  [
    'pgcairn_drill_recovery_time_objective_seconds',
    'Promised recovery time',
    ({ spec }) => objectivesOf(spec)?.recoveryTimeSeconds,
  ],
  [
    'pgcairn_drill_recovery_point_seconds',
    'Age of the data that the newest drill that passed brought back, when it began',
    (drill) => newestPassed(drill)?.recoveryPointSeconds,
  ],
  [
    'pgcairn_drill_recovery_point_objective_seconds',
    'Promised age of the data that comes back',
    ({ spec }) => objectivesOf(spec)?.recoveryPointSeconds,
  ],
  [
    'pgcairn_drill_restored_bytes',
    'Size of the databases that the newest drill that passed restored',
    (drill) => newestPassed(drill)?.restoredBytes,
  ],
  [
    'pgcairn_drill_proof_due_timestamp_seconds',
    'When by its schedule the next drill must have passed, late and slow as it may be',
    due,
  ],
  [
    'pgcairn_drill_next_run_timestamp_seconds',
    'When the next drill starts',
    ({ status }) => seconds(status?.nextRunTime),
  ],
  [
    'pgcairn_drill_missed_runs',
    'Slots of the schedule that passed without a drill since the last that passed',
    ({ status }) => status?.missedRuns?.count ?? 0,
  ],
];

/** Metrics about BackupDrills. */
export function drillGauges(drills: Objects<BackupDrill>): readonly GaugeDefinition[] {
  return [
    ...gauges.map(([name, help, read]) =>
      objectGauge(drills, { name, help }, (drill) => [{ value: read(drill) }]),
    ),
    objectGauge(
      drills,
      {
        name: 'pgcairn_drill_last_verdict',
        help: '1 for what the newest drill came to, 0 for what it did not',
        labelNames: ['verdict'],
      },
      ({ status }) => {
        const last = status?.lastRun?.verdict;
        if (last === undefined) return [];
        return Verdict.options.map((verdict) => ({ value: verdict === last ? 1 : 0, labels: { verdict } }));
      },
    ),
    objectGauge(
      drills,
      {
        name: 'pgcairn_drill_phase_seconds',
        help: 'Time that each phase of the newest drill with phases took',
        labelNames: ['phase'],
      },
      ({ status }) => {
        const timed = status?.history?.find(({ phases }) => phases !== undefined);
        return Object.entries(timed?.phases ?? {}).map(([phase, value]) => ({ value, labels: { phase } }));
      },
    ),
  ];
}

function verdictOf(verified: string | undefined): number | undefined {
  if (verified === 'True') return 1;
  return verified === 'False' ? 0 : undefined;
}

/** As stored: what the schema would refuse may be there. */
function objectivesOf(spec: BackupDrillSpec): Partial<BackupDrillSpec['objectives']> | undefined {
  const { objectives, source } = spec as Partial<BackupDrillSpec>;
  return objectives && drillObjectives(objectives, source ?? {});
}

function newestPassed({ status }: BackupDrill): DrillRecord | undefined {
  return status?.history?.find(({ runId }) => runId === status.lastPassed?.runId);
}

const known = new WeakMap<BackupDrill, { readonly at: number | undefined }>();

/** Looking for a slot takes far longer than all else here: once for each state of an object. */
function due(drill: BackupDrill): number | undefined {
  const before = known.get(drill);
  if (before !== undefined) return before.at;
  const at = proofDue(drill);
  const found = { at: at && at.getTime() / 1000 };
  known.set(drill, found);
  return found.at;
}
