/** What Prometheus sees for a while, and who is called for it. */
export interface Situation {
  readonly is: string;
  readonly alert: string;
  /** In promtool's notation; a sample each minute. Absent series do not exist. */
  readonly series: Readonly<Record<string, string>>;
  /** When Prometheus is asked. */
  readonly at: string;
  /** Labels of the alerts that fire, and what {{ $value }} is in them. */
  readonly fires: readonly (Readonly<Record<string, string>> & { readonly value?: string })[];
}

const shop = 'namespace="shop",name="shop"';
const object = { namespace: 'shop', name: 'shop' };
/** The clock of these situations begins at 1970. */
const minutes = (count: number): number => count * 60;
const always = (value: number): string => `${value}x120`;

export const situations: readonly Situation[] = [
  {
    is: 'a backup whose promised age was reached half an hour ago',
    alert: 'PgcairnNoGoodBackupWithinObjective',
    series: {
      [`pgcairn_backup_recovery_point_due_timestamp_seconds{${shop}}`]: always(minutes(30)),
      'pgcairn_backup_recovery_point_due_timestamp_seconds{namespace="shop",name="fresh"}': always(
        minutes(90),
      ),
    },
    at: '60m',
    fires: [{ ...object, value: '30m 0s' }],
  },
  {
    is: 'a promise that is broken for two minutes only',
    alert: 'PgcairnNoGoodBackupWithinObjective',
    series: { [`pgcairn_backup_recovery_point_due_timestamp_seconds{${shop}}`]: always(minutes(58)) },
    at: '60m',
    fires: [],
  },
  {
    is: 'a backup without a promise',
    alert: 'PgcairnNoGoodBackupWithinObjective',
    series: { [`pgcairn_backup_last_success_timestamp_seconds{${shop}}`]: always(0) },
    at: '60m',
    fires: [],
  },
  {
    is: 'two operators of which the one that led before still has its last sample',
    alert: 'PgcairnNoGoodBackupWithinObjective',
    series: {
      [`pgcairn_backup_recovery_point_due_timestamp_seconds{${shop},instance="old"}`]: always(minutes(30)),
      [`pgcairn_backup_recovery_point_due_timestamp_seconds{${shop},instance="new"}`]: always(minutes(90)),
    },
    at: '60m',
    fires: [],
  },
  {
    is: 'a newest run that failed',
    alert: 'PgcairnBackupFailed',
    series: {
      [`pgcairn_backup_last_run_succeeded{${shop}}`]: '1x10 0x50',
      'pgcairn_backup_last_run_succeeded{namespace="shop",name="good"}': '0x10 1x50',
    },
    at: '30m',
    fires: [object],
  },
  {
    is: 'a newest run that succeeded after one that failed',
    alert: 'PgcairnBackupFailed',
    series: { [`pgcairn_backup_last_run_succeeded{${shop}}`]: '0x10 1x50' },
    at: '30m',
    fires: [],
  },
  {
    is: 'a run that the worker found suspicious',
    alert: 'PgcairnBackupShrankSuddenly',
    series: { [`pgcairn_backup_suspicious{${shop}}`]: always(1) },
    at: '30m',
    fires: [object],
  },
  {
    is: 'a run that takes two fifths of the bytes of the one before',
    alert: 'PgcairnBackupShrankSuddenly',
    series: {
      [`pgcairn_backup_suspicious{${shop}}`]: always(0),
      [`pgcairn_backup_run_stored_bytes{${shop},run="newest"}`]: always(40e6),
      [`pgcairn_backup_run_stored_bytes{${shop},run="previous"}`]: always(100e6),
    },
    at: '30m',
    fires: [object],
  },
  {
    is: 'runs that shrank a little, from next to nothing, or with nothing to compare them with',
    alert: 'PgcairnBackupShrankSuddenly',
    series: {
      'pgcairn_backup_run_stored_bytes{namespace="a",name="a",run="newest"}': always(60e6),
      'pgcairn_backup_run_stored_bytes{namespace="a",name="a",run="previous"}': always(100e6),
      'pgcairn_backup_run_stored_bytes{namespace="b",name="b",run="newest"}': always(1000),
      'pgcairn_backup_run_stored_bytes{namespace="b",name="b",run="previous"}': always(9e6),
      'pgcairn_backup_run_stored_bytes{namespace="c",name="c",run="newest"}': always(1000),
      'pgcairn_backup_run_stored_bytes{namespace="d",name="c",run="previous"}': always(100e6),
      'pgcairn_backup_suspicious{namespace="a",name="a"}': always(0),
    },
    at: '30m',
    fires: [],
  },
  {
    is: 'a drill that failed, and then could not tell',
    alert: 'PgcairnDrillFailed',
    series: {
      [`pgcairn_drill_verified{${shop}}`]: always(0),
      [`pgcairn_drill_last_verdict{${shop},verdict="Inconclusive"}`]: always(1),
      'pgcairn_drill_verified{namespace="shop",name="good"}': always(1),
    },
    at: '30m',
    fires: [object],
  },
  {
    is: 'a drill that never told anything',
    alert: 'PgcairnDrillFailed',
    series: { [`pgcairn_drill_last_verdict{${shop},verdict="Failed"}`]: always(0) },
    at: '30m',
    fires: [],
  },
  {
    is: 'a drill that could not be carried out',
    alert: 'PgcairnDrillInconclusive',
    series: {
      [`pgcairn_drill_last_verdict{${shop},verdict="Inconclusive"}`]: always(1),
      [`pgcairn_drill_last_verdict{${shop},verdict="Passed"}`]: always(0),
    },
    at: '30m',
    fires: [object],
  },
  {
    is: 'drills that failed and passed',
    alert: 'PgcairnDrillInconclusive',
    series: {
      [`pgcairn_drill_last_verdict{${shop},verdict="Inconclusive"}`]: always(0),
      [`pgcairn_drill_last_verdict{${shop},verdict="Failed"}`]: always(1),
      'pgcairn_drill_last_verdict{namespace="shop",name="good",verdict="Passed"}': always(1),
    },
    at: '30m',
    fires: [],
  },
  {
    is: 'a recovery that is slower than promised, and another whose data is older',
    alert: 'PgcairnDrillObjectiveMissed',
    series: {
      'pgcairn_drill_recovery_time_seconds{namespace="shop",name="slow"}': always(4000),
      'pgcairn_drill_recovery_time_objective_seconds{namespace="shop",name="slow"}': always(3600),
      'pgcairn_drill_recovery_point_seconds{namespace="shop",name="old"}': always(7200),
      'pgcairn_drill_recovery_point_objective_seconds{namespace="shop",name="old"}': always(900),
    },
    at: '30m',
    fires: [
      { namespace: 'shop', name: 'slow', objective: 'recoveryTimeSeconds', value: '1h 6m 40s' },
      { namespace: 'shop', name: 'old', objective: 'recoveryPointSeconds', value: '2h 0m 0s' },
    ],
  },
  {
    is: 'both objectives of one drill missed: two alerts',
    alert: 'PgcairnDrillObjectiveMissed',
    series: {
      [`pgcairn_drill_recovery_time_seconds{${shop}}`]: always(120),
      [`pgcairn_drill_recovery_time_objective_seconds{${shop}}`]: always(60),
      [`pgcairn_drill_recovery_point_seconds{${shop}}`]: always(180),
      [`pgcairn_drill_recovery_point_objective_seconds{${shop}}`]: always(60),
    },
    at: '30m',
    fires: [
      { ...object, objective: 'recoveryTimeSeconds', value: '2m 0s' },
      { ...object, objective: 'recoveryPointSeconds', value: '3m 0s' },
    ],
  },
  {
    is: 'objectives that are met to the second, or not set',
    alert: 'PgcairnDrillObjectiveMissed',
    series: {
      [`pgcairn_drill_recovery_time_seconds{${shop}}`]: always(3600),
      [`pgcairn_drill_recovery_time_objective_seconds{${shop}}`]: always(3600),
      [`pgcairn_drill_recovery_point_seconds{${shop}}`]: always(1e6),
    },
    at: '30m',
    fires: [],
  },
  {
    is: 'a drill that should have passed a quarter of an hour ago',
    alert: 'PgcairnNoProofWithinSchedule',
    series: {
      [`pgcairn_drill_proof_due_timestamp_seconds{${shop}}`]: always(minutes(45)),
      'pgcairn_drill_proof_due_timestamp_seconds{namespace="shop",name="later"}': always(minutes(61)),
    },
    at: '60m',
    fires: [{ ...object, value: '15m 0s' }],
  },
  {
    is: 'a drill that passed in time, which moved the date',
    alert: 'PgcairnNoProofWithinSchedule',
    series: {
      [`pgcairn_drill_proof_due_timestamp_seconds{${shop}}`]: `${minutes(40)}x35 ${minutes(900)}x60`,
    },
    at: '60m',
    fires: [],
  },
  {
    is: 'a backup and a drill of one name that both missed slots',
    alert: 'PgcairnRunsMissed',
    series: {
      [`pgcairn_backup_missed_runs{${shop}}`]: always(2),
      [`pgcairn_drill_missed_runs{${shop}}`]: always(1),
      'pgcairn_backup_missed_runs{namespace="shop",name="good"}': always(0),
    },
    at: '30m',
    fires: [
      { ...object, kind: 'PostgresBackup', value: '2' },
      { ...object, kind: 'BackupDrill', value: '1' },
    ],
  },
  {
    is: 'nothing missed',
    alert: 'PgcairnRunsMissed',
    series: {
      [`pgcairn_backup_missed_runs{${shop}}`]: always(0),
      [`pgcairn_drill_missed_runs{${shop}}`]: always(0),
    },
    at: '30m',
    fires: [],
  },
  {
    is: 'a repository that has failed its probes for half an hour',
    alert: 'PgcairnRepositoryUnavailable',
    series: {
      [`pgcairn_store_available{${shop}}`]: '1x30 0x60',
      'pgcairn_store_available{namespace="shop",name="good"}': always(1),
    },
    at: '60m',
    fires: [object],
  },
  {
    is: 'a repository that failed one probe and passed the next',
    alert: 'PgcairnRepositoryUnavailable',
    series: { [`pgcairn_store_available{${shop}}`]: '1x30 0x10 1x60' },
    at: '60m',
    fires: [],
  },
  {
    is: 'an operator that stopped a quarter of an hour ago',
    alert: 'PgcairnOperatorSilent',
    series: { 'leader_election_master_status{name="pgcairn-operator",pod="a"}': '1x40' },
    at: '60m',
    fires: [{}],
  },
  {
    is: 'two operators neither of which leads',
    alert: 'PgcairnOperatorSilent',
    series: {
      'leader_election_master_status{name="pgcairn-operator",pod="a"}': always(0),
      'leader_election_master_status{name="pgcairn-operator",pod="b"}': always(0),
    },
    at: '60m',
    fires: [{}],
  },
  {
    is: 'an operator that took over from another',
    alert: 'PgcairnOperatorSilent',
    series: {
      'leader_election_master_status{name="pgcairn-operator",pod="a"}': '1x30',
      'leader_election_master_status{name="pgcairn-operator",pod="b"}': '0x33 1x60',
    },
    at: '60m',
    fires: [],
  },
];
