import type {
  BackupRepository,
  BackupRepositorySpec,
  BackupRepositoryStatus,
} from '../../api/v1alpha1/backup-repository.ts';
import type { FailureReason } from '../../api/v1alpha1/failure-reasons.ts';
import type { SeenJob } from '../job/outcome.ts';
import type { ReadSpec } from '../read-spec.ts';
import type { RepositoryEventReason } from '../event-reasons.ts';
import type { Settings } from '../settings.ts';
import type { Step } from '../step.ts';

/** The object under the name that the probe's Job has or will have. */
export type SeenProbe =
  | { readonly state: 'none' }
  | { readonly state: 'absent' }
  | { readonly state: 'foreign'; readonly name: string }
  | ({ readonly state: 'ours' } & SeenJob);

export interface SeenPresent {
  readonly state: 'present';
  readonly settings: Settings;
  /** As stored: nothing in `spec` is trusted, see `spec`. */
  readonly repository: BackupRepository;
  readonly spec: ReadSpec<BackupRepositorySpec>;
  /** The Job of status.currentProbe. */
  readonly probe: SeenProbe;
  /** Every other Job of this object. */
  readonly others: readonly SeenJob[];
  /** Jobs of a former object of this name. */
  readonly orphans: readonly SeenJob[];
}

export type Seen = { readonly state: 'absent'; readonly orphans: readonly SeenJob[] } | SeenPresent;

/** What a probe that is over came to. */
export type ProbeResult =
  | { readonly passed: true; readonly message: string }
  | { readonly passed: false; readonly reason: FailureReason; readonly message: string };

/** The status without what status.ts makes of it. */
export type Facts = Omit<BackupRepositoryStatus, 'conditions' | 'observedGeneration'>;
export interface ProbeStep extends Step<Facts, RepositoryEventReason> {
  /** Of a probe of the present spec that ended in this pass; absent: the last one still holds. */
  readonly result?: ProbeResult;
}

/** The facts as they were last written. */
export function factsOf(repository: BackupRepository): Facts {
  const { conditions: _conditions, observedGeneration: _generation, ...facts } = repository.status ?? {};
  return facts;
}
