import type { CurrentRun, PostgresBackupSpec } from '../../api/v1alpha1/postgres-backup.ts';
import type { Facts, SeenPresent } from './seen.ts';

/** A run that is under way, with what every step about it needs. */
export interface RunView {
  readonly seen: SeenPresent;
  readonly spec: PostgresBackupSpec;
  readonly facts: Facts;
  readonly run: CurrentRun;
  readonly now: Date;
}
