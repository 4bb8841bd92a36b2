import type { Condition } from '../../api/v1alpha1/condition.ts';
import type { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import type { KubeObject, ObjectKey } from '../../base/resource.ts';
import type { Job, Lease, Pod } from '../../kube/types.ts';
import type { Progress } from '../../task/report.ts';
import type { SeenJob } from '../job/outcome.ts';
import type { Settings } from '../settings.ts';

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
  /** The Job works at no server that others might work at, too. */
  | { readonly state: 'none' }
  | { readonly state: 'unread' }
  | { readonly state: 'absent'; readonly name: string }
  /** It names a Job in a namespace that this installation does not watch: nobody here can tell about that. */
  | { readonly state: 'unwatched'; readonly lease: Lease; readonly holder: ObjectKey }
  /** `holder`: the Job that the Lease names, read live; absent when it is gone or nobody holds the Lease. */
  | {
      readonly state: 'present';
      readonly lease: Lease;
      readonly holder?: Job;
      /** Pods of the Job that holds the Lease, or held it last; they may outlive it. */
      readonly holderPods?: readonly Pod[];
    };

/** A Job with the Lease that it needs. */
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

/** An object that runs Jobs by a schedule, as stored. */
export interface RunOwner extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly observedGeneration?: number;
  };
}

/** What the launch protocol looks at, whatever the kind of the object. */
export interface SeenRuns {
  readonly settings: Settings;
  /** As stored: nothing in its spec is trusted. */
  readonly owner: RunOwner;
  readonly repository: SeenRepository;
  /** The Job of status.currentRun. */
  readonly current: SeenChild;
  /** The Job that asks the store about status.currentRun. */
  readonly inspect: SeenChild;
  /** Every other Job of this object. */
  readonly others: readonly SeenRunJob[];
  /** Jobs of a former object of this name. */
  readonly orphans: readonly SeenRunJob[];
  readonly progress?: Progress;
}
