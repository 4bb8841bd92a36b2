import { withRemedy } from '../job/advice.ts';
import { lossOf } from '../job/loss.ts';
import { neverStarted, obstacleBefore } from '../job/never-started.ts';
import { outcomeOf } from '../job/outcome.ts';
import { saidFailure } from '../job/tries.ts';
import type { Trouble } from '../job/trouble.ts';
import type { EndView, RunTypes } from './kind.ts';
import type { SeenRuns } from './seen.ts';

/** How the worker of a run ended, as its own last words, its Job and its pods tell. */
export function workerLoss({ current }: SeenRuns, now: Date): Trouble {
  if (current.state !== 'ours') return lossOf(undefined, [], 'its Job is gone');
  const outcome = outcomeOf(current, now);
  if (outcome.state !== 'finished') return lossOf(current.job, current.pods, 'its Job is not over');
  return saidFailure(outcome) ?? outcome.loss;
}

/** Why a run has no report; a pod that never came to life says more than the deadline that ended it. */
export function lossOfRun<T extends RunTypes>({ kind, seen, now }: EndView<T>): Trouble {
  const loss = workerLoss(seen, now);
  const obstacle = lastingObstacle(seen, loss);
  return withRemedy(kind.inOwnTerms(obstacle ? neverStarted(obstacle) : loss));
}

/** What kept the worker from starting until the deadline; kept in the conditions until the run is folded. */
export function lastingObstacle({ owner }: SeenRuns, loss: Trouble): Trouble | undefined {
  return loss.reason === 'DeadlineExceeded' ? obstacleBefore(owner.status?.conditions) : undefined;
}
