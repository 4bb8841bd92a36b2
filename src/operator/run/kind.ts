import type { CurrentRun } from '../../api/v1alpha1/run-status.ts';
import type { KubeObject, ResourceType } from '../../base/resource.ts';
import type { Job } from '../../kube/types.ts';
import type { Report } from '../../task/report.ts';
import type { Trouble } from '../job/trouble.ts';
import type { Step } from '../step.ts';
import type { Journal, RunSpec } from './journal.ts';
import type { MissReason } from './miss-reason.ts';
import type { SeenRuns } from './seen.ts';

/** The types of one kind that runs Jobs by a schedule. */
export interface RunTypes {
  readonly seen: SeenRuns;
  readonly spec: RunSpec;
  /** The status without its conditions. */
  readonly facts: Journal;
  /** Of Events. */
  readonly reason: string;
}

/** Events that every such kind has. */
type SharedReason = 'RunLaunched' | 'RunMissed' | 'NameCollision';

export type RunStep<T extends RunTypes> = Step<T['facts'], T['reason'] | SharedReason>;

/** A run that is under way, as far as it can be judged without a spec that can be read. */
export interface EndView<T extends RunTypes> {
  readonly kind: RunKind<T>;
  readonly seen: T['seen'];
  readonly facts: T['facts'];
  readonly run: CurrentRun;
  readonly now: Date;
}

/** A run that is under way, with what every step about it needs. */
export interface RunView<T extends RunTypes> extends EndView<T> {
  readonly spec: T['spec'];
}

/** A Job, and the policy that must be there before its pod. */
export interface RunObjects {
  readonly policy: KubeObject;
  readonly job: Job;
}

/** What a kind brings to the launch protocol. */
export interface RunKind<T extends RunTypes> {
  readonly type: ResourceType;
  /** The label of the Jobs of runs. */
  readonly task: string;
  /** What the store holds of a run that exists. */
  readonly record: 'manifest' | 'evidence';
  /** Why no run can begin now; undefined: one can. */
  blocker(seen: T['seen'], spec: T['spec']): MissReason | undefined;
  /** What a run waits for whose Job cannot be made, as part of a sentence. */
  waitsFor(seen: T['seen']): string;
  /** The Job of a run; undefined while something that it is made from is missing. */
  runObjects(view: RunView<T>): RunObjects | undefined;
  /** The Job that asks the store about a run, which can be reached when this is called. */
  inspectObjects(view: RunView<T>): RunObjects | undefined;
  /** True when the run is among those that have ended. */
  hasEnded(facts: T['facts'], runId: string): boolean;
  /** The run as its worker reports it; undefined when the report is about something else. */
  foldReport(view: EndView<T>, report: Report): RunStep<T> | undefined;
  /** A failure that is told of Jobs in general, in the terms of this kind. */
  inOwnTerms(failure: Trouble): Trouble;
  /** A run that came to nothing. */
  foldFailure(view: EndView<T>, failure: Trouble): RunStep<T>;
  /** What the store answers about a run; undefined: the report is no such answer. */
  readAnswer(report: Report): StoreAnswer<T> | undefined;
}

export interface StoreAnswer<T extends RunTypes> {
  /** Absent: the store holds no record of the run. */
  readonly found?: {
    readonly runId: string;
    /** The run as the store knows it; `words` tell of the worker's end. */
    fold(view: EndView<T>, words: string): RunStep<T>;
  };
}
