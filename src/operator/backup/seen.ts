import type { BackupDrill } from '../../api/v1alpha1/backup-drill.ts';
import type {
  PostgresBackup,
  PostgresBackupSpec,
  PostgresBackupStatus,
} from '../../api/v1alpha1/postgres-backup.ts';
import type { BackupEventReason } from '../event-reasons.ts';
import type { ReadSpec } from '../read-spec.ts';
import type { EndView, RunStep } from '../run/kind.ts';
import type { SeenRunJob, SeenRuns } from '../run/seen.ts';

export interface SeenPresent extends SeenRuns {
  readonly state: 'present';
  readonly owner: PostgresBackup;
  readonly spec: ReadSpec<PostgresBackupSpec>;
  /** Those that restore runs of it. */
  readonly drills: readonly BackupDrill[];
  /** The object goes, and its namespace with it. */
  readonly namespaceGoes: boolean;
}

export type Seen = { readonly state: 'absent'; readonly orphans: readonly SeenRunJob[] } | SeenPresent;

/** The status without what status.ts makes of it. */
export type Facts = Omit<PostgresBackupStatus, 'conditions' | 'observedGeneration'>;

/** A backup among the kinds that run Jobs by a schedule. */
export interface BackupTypes {
  readonly seen: SeenPresent;
  readonly spec: PostgresBackupSpec;
  readonly facts: Facts;
  readonly reason: BackupEventReason;
}
export type BackupStep = RunStep<BackupTypes>;
export type BackupEnd = EndView<BackupTypes>;

/** The facts as they were last written. */
export function factsOf(backup: PostgresBackup): Facts {
  const { conditions: _conditions, observedGeneration: _generation, ...facts } = backup.status ?? {};
  return facts;
}
