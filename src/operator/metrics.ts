import type { BackupDrill } from '../api/v1alpha1/backup-drill.ts';
import type { BackupRepository } from '../api/v1alpha1/backup-repository.ts';
import type { PostgresBackup } from '../api/v1alpha1/postgres-backup.ts';
import type { Cache } from '../runtime/controller-definition.ts';
import type { GaugeDefinition } from '../runtime/metrics.ts';
import { backupGauges } from './metrics/backup-gauges.ts';
import { drillGauges } from './metrics/drill-gauges.ts';
import { objectGauge } from './metrics/object-gauges.ts';
import type { RunCount } from './run-counts.ts';
import { createRunCounts } from './run-counts.ts';

export interface MetricSources {
  readonly backups: Pick<Cache<PostgresBackup>, 'list'>;
  readonly repositories: Pick<Cache<BackupRepository>, 'list'>;
  readonly drills: Pick<Cache<BackupDrill>, 'list'>;
  /** A standby says nothing about objects, so that sums over the pods are right. */
  readonly isLeader: () => boolean;
}

/** Metrics about objects, read from the caches when they are scraped. */
export function objectMetrics(sources: MetricSources): readonly GaugeDefinition[] {
  const { backups, repositories, drills, isLeader } = sources;
  const countBackups = createRunCounts({
    runsOf: ({ status }: PostgresBackup) => status?.runs ?? [],
    labelsOf: ({ outcome, reason }) => ({ result: outcome, reason }),
  });
  const countDrills = createRunCounts({
    runsOf: ({ status }: BackupDrill) => status?.history ?? [],
    labelsOf: ({ verdict, reason }) => ({ verdict, reason }),
  });
  return [
    ...backupGauges(() => (isLeader() ? backups.list() : [])),
    ...drillGauges(() => (isLeader() ? drills.list() : [])),
    runCounter(isLeader, {
      name: 'pgcairn_backup_runs_total',
      help: 'Runs that ended since this process started, by result and reason',
      labelNames: ['result', 'reason'],
      counts: () => countBackups(backups.list()),
    }),
    runCounter(isLeader, {
      name: 'pgcairn_drill_runs_total',
      help: 'Drills that ended since this process started, by verdict and reason',
      labelNames: ['verdict', 'reason'],
      counts: () => countDrills(drills.list()),
    }),
    objectGauge(
      () => (isLeader() ? repositories.list() : []),
      { name: 'pgcairn_store_available', help: '1 while the last probe of a repository passed' },
      ({ status }) => {
        const ready = status?.conditions?.find(({ type }) => type === 'Ready');
        return [{ value: ready?.status === 'True' ? 1 : 0 }];
      },
    ),
  ];
}

interface RunCounter {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly counts: () => readonly RunCount<Readonly<Record<string, string>>>[];
}

/** Counted on a standby too, so that it goes on from there when it leads. */
function runCounter(
  isLeader: () => boolean,
  { name, help, labelNames, counts }: RunCounter,
): GaugeDefinition {
  return {
    name,
    help,
    kind: 'counter',
    labelNames: ['namespace', 'name', ...labelNames],
    samples: () => {
      const samples = counts().map(({ labels, count }) => ({ labels, value: count }));
      return isLeader() ? samples : [];
    },
  };
}
