import type { PostgresBackup, RunRecord } from '../../api/v1alpha1/postgres-backup.ts';
import type { GaugeDefinition } from '../../runtime/metrics.ts';
import type { Objects } from './object-gauges.ts';
import { objectGauge, seconds } from './object-gauges.ts';

type Read = (backup: PostgresBackup) => number | undefined;

const gauges: readonly (readonly [string, string, Read])[] = [
  [
    'pgcairn_backup_last_success_timestamp_seconds',
    'Snapshot time of the newest verified run',
    ({ status }) => seconds(status?.lastSuccess?.snapshotTime),
  ],
  [
    'pgcairn_backup_last_attempt_timestamp_seconds',
    'When the newest run ended, whatever its result',
    ({ status }) => seconds(status?.runs?.[0]?.completionTime),
  ],
  [
    'pgcairn_backup_last_run_succeeded',
    '1 while the newest run that ended is a verified one, 0 while it failed',
    ({ status }) => {
      const newest = status?.runs?.[0];
      return newest && (newest.outcome === 'Succeeded' ? 1 : 0);
    },
  ],
  [
    'pgcairn_backup_last_proven_timestamp_seconds',
    'When the newest run that is proven was last restored by a drill that passed',
    ({ status }) => seconds(status?.lastProven?.time),
  ],
  [
    'pgcairn_backup_recovery_point_objective_seconds',
    'Promised age of the newest verified data',
    promisedAge,
  ],
  [
    'pgcairn_backup_recovery_point_due_timestamp_seconds',
    'When the promised age is reached unless a newer run is verified',
    (backup) => {
      const since = backup.status?.lastSuccess?.snapshotTime ?? backup.metadata.creationTimestamp;
      const [from, promised] = [seconds(since), promisedAge(backup)];
      return from === undefined || promised === undefined ? undefined : from + promised;
    },
  ],
  [
    'pgcairn_backup_duration_seconds',
    'Time from the decision for the newest verified run to its end',
    (backup) => {
      const [newest] = goodRuns(backup);
      const [start, end] = [seconds(newest?.startTime), seconds(newest?.completionTime)];
      return start === undefined || end === undefined ? undefined : end - start;
    },
  ],
  [
    'pgcairn_backup_stored_bytes',
    'Bytes that the runs of a backup take in the store',
    ({ status }) => status?.stored?.bytes,
  ],
  [
    'pgcairn_backup_suspicious',
    '1 while the newest verified run holds far less than the one before',
    (backup) => {
      const [newest] = goodRuns(backup);
      return newest && (newest.suspicious === true ? 1 : 0);
    },
  ],
  ['pgcairn_backup_stored_runs', 'Runs in the store', ({ status }) => status?.stored?.runs],
  [
    'pgcairn_backup_missed_runs',
    'Slots of the schedule that passed without a run since the last success',
    ({ status }) => status?.missedRuns?.count ?? 0,
  ],
];

const places = ['newest', 'previous'] as const;

/** Metrics about PostgresBackups. */
export function backupGauges(backups: Objects<PostgresBackup>): readonly GaugeDefinition[] {
  return [
    ...gauges.map(([name, help, read]) =>
      objectGauge(backups, { name, help }, (backup) => [{ value: read(backup) }]),
    ),
    objectGauge(
      backups,
      {
        name: 'pgcairn_backup_phase_seconds',
        help: 'Time that each phase of the newest verified run took',
        labelNames: ['phase'],
      },
      (backup) => {
        const [newest] = goodRuns(backup);
        return Object.entries(newest?.phases ?? {}).map(([phase, value]) => ({ value, labels: { phase } }));
      },
    ),
    objectGauge(
      backups,
      {
        name: 'pgcairn_backup_run_stored_bytes',
        help: 'Bytes that the newest verified run takes in the store, and the one before it',
        labelNames: ['run'],
      },
      (backup) => {
        const good = goodRuns(backup);
        return places.map((run, at) => ({ value: good[at]?.storedBytes, labels: { run } }));
      },
    ),
  ];
}

/** As stored: objectives may be absent in an object that the schema would refuse. */
function promisedAge({ spec }: PostgresBackup): number | undefined {
  return (spec as Partial<PostgresBackup['spec']>).objectives?.recoveryPointSeconds;
}

function goodRuns({ status }: PostgresBackup): readonly RunRecord[] {
  return (status?.runs ?? []).filter(({ outcome }) => outcome === 'Succeeded');
}
