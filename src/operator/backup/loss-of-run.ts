import { neverStarted, obstacleBefore } from '../job/never-started.ts';
import type { Trouble } from '../job/trouble.ts';
import { withRemedy } from '../job/advice.ts';
import type { SeenPresent } from './seen.ts';

/** Why a run has no report; a pod that never came to life says more than the deadline that ended it. */
export function lossOfRun(seen: SeenPresent, loss: Trouble): Trouble {
  const obstacle = lastingObstacle(seen, loss);
  return withRemedy(obstacle ? neverStarted(obstacle) : loss);
}

/** What kept the worker from starting until the deadline; kept in the conditions until the run is folded. */
export function lastingObstacle({ backup }: SeenPresent, loss: Trouble): Trouble | undefined {
  return loss.reason === 'DeadlineExceeded' ? obstacleBefore(backup.status?.conditions) : undefined;
}
