import type { BackupRepository } from '../api/v1alpha1/backup-repository.ts';
import type { PostgresBackup } from '../api/v1alpha1/postgres-backup.ts';
import { instantMilliseconds } from '../domain/instant.ts';
import type { Cache } from '../runtime/controller-definition.ts';
import type { GaugeDefinition, Sample } from '../runtime/metrics.ts';
import { createRunCounts } from './run-counts.ts';

export interface MetricSources {
  readonly backups: Pick<Cache<PostgresBackup>, 'list'>;
  readonly repositories: Pick<Cache<BackupRepository>, 'list'>;
  /** A standby says nothing about objects, so that sums over the pods are right. */
  readonly isLeader: () => boolean;
}

type Reading = (backup: PostgresBackup) => number | undefined;

/** Metrics about objects, read from the caches when they are scraped. */
export function objectMetrics(sources: MetricSources): readonly GaugeDefinition[] {
  const { backups, repositories, isLeader } = sources;
  const countRuns = createRunCounts();
  const ofBackups = (name: string, help: string, read: Reading): GaugeDefinition => ({
    name,
    help,
    labelNames: ['namespace', 'name'],
    samples: () => (isLeader() ? backups.list().flatMap((backup) => sampleOf(backup, read(backup))) : []),
  });
  return [
    ofBackups(
      'pgcairn_backup_last_success_timestamp_seconds',
      'Snapshot time of the newest verified run',
      ({ status }) => seconds(status?.lastSuccess?.snapshotTime),
    ),
    ofBackups(
      'pgcairn_backup_last_attempt_timestamp_seconds',
      'When the newest run ended, whatever its result',
      ({ status }) => seconds(status?.runs?.[0]?.completionTime),
    ),
    ofBackups(
      'pgcairn_backup_recovery_point_objective_seconds',
      'Promised age of the newest verified data',
      // As stored: objectives may be absent in an object that the schema would refuse.
      ({ spec }) => (spec as Partial<PostgresBackup['spec']>).objectives?.recoveryPointSeconds,
    ),
    ofBackups(
      'pgcairn_backup_stored_bytes',
      'Bytes that the runs of a backup take in the store',
      ({ status }) => status?.stored?.bytes,
    ),
    ofBackups(
      'pgcairn_backup_suspicious',
      '1 while the newest verified run holds far less than the one before',
      ({ status }) => {
        const newest = status?.runs?.find(({ outcome }) => outcome === 'Succeeded');
        return newest && (newest.suspicious === true ? 1 : 0);
      },
    ),
    ofBackups('pgcairn_backup_stored_runs', 'Runs in the store', ({ status }) => status?.stored?.runs),
    ofBackups(
      'pgcairn_backup_missed_runs',
      'Slots of the schedule that passed without a run since the last success',
      ({ status }) => status?.missedRuns?.count ?? 0,
    ),
    {
      name: 'pgcairn_backup_runs_total',
      help: 'Runs that ended since this process started, by result and reason',
      kind: 'counter',
      labelNames: ['namespace', 'name', 'result', 'reason'],
      // Counted on a standby too, so that it goes on from there when it leads.
      samples: () => {
        const counts = countRuns(backups.list());
        return isLeader() ? counts.map(({ count, ...labels }) => ({ labels, value: count })) : [];
      },
    },
    {
      name: 'pgcairn_store_available',
      help: '1 while the last probe of a repository passed',
      labelNames: ['namespace', 'name'],
      samples: () => (isLeader() ? repositories.list().map(availability) : []),
    },
  ];
}

function sampleOf({ metadata }: PostgresBackup, value: number | undefined): readonly Sample[] {
  if (value === undefined) return [];
  return [{ labels: { namespace: metadata.namespace ?? '', name: metadata.name }, value }];
}

function availability({ metadata, status }: BackupRepository): Sample {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    labels: { namespace: metadata.namespace ?? '', name: metadata.name },
    value: ready?.status === 'True' ? 1 : 0,
  };
}

function seconds(time: string | undefined): number | undefined {
  const milliseconds = instantMilliseconds(time);
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}
