import type { FailureReason } from '../../../src/api/v1alpha1/failure-reasons.ts';

export type Kind = 'BackupRepository' | 'PostgresBackup';
/** Values by path over an object that is good; undefined takes the field away. */
export type Changes = Readonly<Record<string, unknown>>;

interface Wrong {
  /** What is wrong, in a user's words. */
  readonly name: string;
  readonly set: Changes;
  /** What the message has to hold: the thing by its name, and what to do. */
  readonly says: readonly RegExp[];
}

/** Refused by the API server: `kubectl apply` says why, and nothing is stored. */
export interface SchemaRow extends Wrong {
  readonly kind: Kind;
}

/** Taken by the API server, told in conditions by the operator, before any pod is made. */
export interface OperatorRow extends Wrong {
  readonly kind: Kind;
  readonly reason: 'InvalidSpec' | 'RepositoryMissing' | 'RepositoryNotReady';
}

/** Found by a worker: a probe (BackupRepository) or a run (PostgresBackup). */
export interface WorkerRow extends Wrong {
  readonly reason: FailureReason;
  /** Content of a Secret of the row's own, named as the row's object; null: none is made. */
  readonly secret?: Readonly<Record<string, string>> | null;
  /** Where it is told of. Default: the last probe or run. `Reconciling`: while the pod waits. */
  readonly toldIn?: 'Reconciling';
  /** Needs a storage class that only the native backend has. */
  readonly nativeOnly?: boolean;
}
