import type { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import type {
  PostgresBackup,
  PostgresBackupSpec,
  PostgresBackupStatus,
} from '../../api/v1alpha1/postgres-backup.ts';
import type { Job, Lease, Pod } from '../../kube/types.ts';
import type { Progress } from '../../task/report.ts';
import type { SeenJob } from '../job/outcome.ts';
import type { ReadSpec } from '../read-spec.ts';
import type { BackupEventReason } from '../event-reasons.ts';
import type { Settings } from '../settings.ts';
import type { Step } from '../step.ts';

export type SeenRepository =
  | { readonly state: 'missing'; readonly name: string }
  | { readonly state: 'invalid'; readonly name: string }
  /** Its last probe failed, or its present spec has not been probed. */
  | {
      readonly state: 'notReady';
      readonly name: string;
      readonly spec: BackupRepositorySpec;
      readonly because: string;
    }
  | { readonly state: 'ready'; readonly name: string; readonly spec: BackupRepositorySpec };

/** The Lease of the server that a Job works at. */
export type SeenLease =
  | { readonly state: 'unread' }
  | { readonly state: 'absent'; readonly name: string }
  /** `holder`: the Job that the Lease names, read live; absent when it is gone or nobody holds the Lease. */
  | {
      readonly state: 'present';
      readonly lease: Lease;
      readonly holder?: Job;
      /** Pods of the Job that holds the Lease, or held it last; they may outlive it. */
      readonly holderPods?: readonly Pod[];
    };

/** A Job with a server to itself. */
export interface SeenRunJob extends SeenJob {
  readonly lease: SeenLease;
}

/** The object under the name that a Job of ours has or will have. */
export type SeenChild =
  /** No Job is wanted. */
  | { readonly state: 'none' }
  /** `pods`: what is left of it. */
  | { readonly state: 'absent'; readonly pods: readonly Pod[] }
  | { readonly state: 'foreign'; readonly name: string }
  | ({ readonly state: 'ours' } & SeenRunJob);

export interface SeenPresent {
  readonly state: 'present';
  readonly settings: Settings;
  /** As stored: nothing in `spec` is trusted, see `spec`. */
  readonly backup: PostgresBackup;
  readonly spec: ReadSpec<PostgresBackupSpec>;
  readonly repository: SeenRepository;
  /** The Job of status.currentRun. */
  readonly current: SeenChild;
  /** The Job that asks the store about status.currentRun. */
  readonly inspect: SeenChild;
  /** Every other Job of this object. */
  readonly others: readonly SeenRunJob[];
  /** Jobs of a former object of this name. */
  readonly orphans: readonly SeenRunJob[];
  /** The object goes, and its namespace with it. */
  readonly namespaceGoes: boolean;
  readonly progress?: Progress;
}

export type Seen = { readonly state: 'absent'; readonly orphans: readonly SeenRunJob[] } | SeenPresent;

/** The status without what status.ts makes of it. */
export type Facts = Omit<PostgresBackupStatus, 'conditions' | 'observedGeneration'>;
export type BackupStep = Step<Facts, BackupEventReason>;

/** The facts as they were last written. */
export function factsOf(backup: PostgresBackup): Facts {
  const { conditions: _conditions, observedGeneration: _generation, ...facts } = backup.status ?? {};
  return facts;
}
