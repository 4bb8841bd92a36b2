import type { ConditionStatus } from '../../api/v1alpha1/condition.ts';
import type { FailureReason } from '../../api/v1alpha1/failure-reasons.ts';
import type { Step } from '../step.ts';
import type { Journal, RunSpec } from './journal.ts';
import type { RunOwner } from './seen.ts';
import { openRequest } from './slots.ts';
import { collisionMessage } from './words.ts';

/** Conditions about what an object is doing, which every kind with runs has; what runs came to is not in them. */
export type RunCondition<Waiting extends string, Blocked extends string> =
  | {
      readonly type: 'Stalled';
      readonly status: 'True';
      readonly reason: 'NameCollision';
      readonly message: string;
    }
  | {
      readonly type: 'Reconciling';
      readonly status: 'True';
      readonly reason: FailureReason | 'FirstRun' | Waiting;
      readonly message: string;
    }
  | {
      readonly type: 'Ready';
      readonly status: ConditionStatus;
      readonly reason:
        'NameCollision' | 'Running' | 'Suspended' | 'Scheduled' | 'WaitingForRequest' | Blocked;
      readonly message: string;
    };

export interface RunState<Waiting extends string, Blocked extends string> {
  /** What is run, for a person: run, drill. */
  readonly noun: string;
  readonly owner: RunOwner;
  readonly spec: RunSpec;
  /** True when a run of the object has ended. */
  readonly hasRun: boolean;
  /** Why nothing can begin; undefined: something can. */
  readonly blocker: { readonly reason: Blocked; readonly message: string } | undefined;
  /** The reason of Reconciling while nothing can begin. */
  readonly waitingReason: Waiting;
}

export function runConditions<Waiting extends string, Blocked extends string>(
  state: RunState<Waiting, Blocked>,
  step: Step<Journal, string>,
): readonly RunCondition<Waiting, Blocked>[] {
  return [...stalled(state, step), ...reconciling(state, step), ready(state, step)];
}

type State = RunState<string, string>;
type Stepped = Step<Journal, string>;
type Of<C, T extends string> = Extract<C, { readonly type: T }>;

function stalled(
  { noun }: State,
  { collision }: Stepped,
): readonly Of<RunCondition<never, never>, 'Stalled'>[] {
  if (collision === undefined) return [];
  const message = collisionMessage(collision, noun);
  return [{ type: 'Stalled', status: 'True', reason: 'NameCollision', message }];
}

function reconciling<W extends string, B extends string>(
  { noun, spec, hasRun, blocker, waitingReason }: RunState<W, B>,
  { facts, obstacle }: Stepped,
): readonly Of<RunCondition<W, B>, 'Reconciling'>[] {
  const condition = { type: 'Reconciling', status: 'True' } as const;
  if (obstacle) return [{ ...condition, reason: obstacle.reason, message: obstacle.message }];
  const { currentRun: run } = facts;
  if (isFirst(spec, hasRun) && (run || !blocker)) {
    const message = run ? `${noun} ${run.runId} is on its way` : `the ${noun} is still to start`;
    return [{ ...condition, reason: 'FirstRun', message }];
  }
  if (spec.suspend || run || !blocker) return [];
  return [{ ...condition, reason: waitingReason, message: blocker.message }];
}

function ready<W extends string, B extends string>(
  { noun, owner, spec, hasRun, blocker }: RunState<W, B>,
  { facts, collision, waitsFor }: Stepped,
): Of<RunCondition<W, B>, 'Ready'> {
  const type = 'Ready';
  if (collision !== undefined) {
    return { type, status: 'False', reason: 'NameCollision', message: collisionMessage(collision, noun) };
  }
  const { currentRun: run, nextRunTime } = facts;
  if (run) {
    const words = waitsFor === undefined ? 'is on its way' : `waits for ${waitsFor}`;
    const status = isFirst(spec, hasRun) ? 'Unknown' : 'True';
    return { type, status, reason: 'Running', message: `${noun} ${run.runId} ${words}` };
  }
  if (spec.suspend) {
    const pending =
      openRequest(owner, facts) === undefined
        ? ''
        : '; the one that is requested starts when it is false again';
    const message = `no ${noun} is started while spec.suspend is true${pending}`;
    return { type, status: 'True', reason: 'Suspended', message };
  }
  if (blocker) return { type, status: 'False', ...blocker };
  if (nextRunTime !== undefined && spec.schedule !== undefined) {
    const message = `next ${noun} ${nextRunTime} (${spec.schedule}, ${spec.timeZone})`;
    return { type, status: 'True', reason: 'Scheduled', message };
  }
  if (isFirst(spec, hasRun)) {
    return { type, status: 'Unknown', reason: 'Running', message: `the ${noun} is about to start` };
  }
  const message = 'runs on request (annotation pgcairn.dev/run-requested)';
  return { type, status: 'True', reason: 'WaitingForRequest', message };
}

/** An object without a schedule has reached what it was made for once its one run has ended. */
function isFirst({ schedule, suspend }: RunSpec, hasRun: boolean): boolean {
  return schedule === undefined && !hasRun && !suspend;
}
