import type { BackupDrill, BackupDrillSpec, BackupDrillStatus } from '../../api/v1alpha1/backup-drill.ts';
import type { PostgresBackup } from '../../api/v1alpha1/postgres-backup.ts';
import type { DrillEventReason } from '../event-reasons.ts';
import type { ReadSpec } from '../read-spec.ts';
import type { EndView, RunStep } from '../run/kind.ts';
import type { SeenRunJob, SeenRuns } from '../run/seen.ts';
import type { SeenService } from './reach/store-reach.ts';

/** Whose runs are restored. */
export type SeenSource =
  /** The folder of a backup in a repository; there need be no PostgresBackup. */
  | { readonly kind: 'repository' }
  /** `backup`: absent when there is none of the name, or when it goes. */
  | { readonly kind: 'backup'; readonly name: string; readonly backup?: PostgresBackup };

export interface SeenPresent extends SeenRuns {
  readonly state: 'present';
  readonly owner: BackupDrill;
  readonly spec: ReadSpec<BackupDrillSpec>;
  readonly source: SeenSource;
  /** The Service that the name of the store means, where the next Job is made from it. */
  readonly service: SeenService;
}

export type Seen = { readonly state: 'absent'; readonly orphans: readonly SeenRunJob[] } | SeenPresent;

/** The status without what status.ts makes of it. */
export type Facts = Omit<BackupDrillStatus, 'conditions' | 'observedGeneration'>;

/** A drill among the kinds that run Jobs by a schedule. */
export interface DrillTypes {
  readonly seen: SeenPresent;
  readonly spec: BackupDrillSpec;
  readonly facts: Facts;
  readonly reason: DrillEventReason;
}
export type DrillStep = RunStep<DrillTypes>;
export type DrillEnd = EndView<DrillTypes>;

/** The facts as they were last written. */
export function factsOf(drill: BackupDrill): Facts {
  const { conditions: _conditions, observedGeneration: _generation, ...facts } = drill.status ?? {};
  return facts;
}

/** The backup whose runs are restored, where it is there. */
export function backupOf({ source }: SeenPresent): PostgresBackup | undefined {
  return source.kind === 'backup' ? source.backup : undefined;
}
