import { availableParallelism } from 'node:os';

/** More than this wins nothing: loading waits for the largest table. */
const most = 8;

/** How many things are worth doing at once here, between 2 and 8. */
export function availableProcessors(): number {
  return Math.max(2, Math.min(most, availableParallelism()));
}
