import type { CurrentRun } from '../../api/v1alpha1/run-status.ts';
import type { Job } from '../../kube/types.ts';
import { locationOf } from '../job/location.ts';
import { annotationOf, notes } from '../marks.ts';
import type { SeenRepository } from './seen.ts';

/** The run with the place that its Job writes to: the Job is made from what the repository said then. */
export function placed(run: CurrentRun, { metadata }: Job): CurrentRun {
  const location = annotationOf(metadata, notes.location);
  return location === undefined ? run : { ...run, location };
}

/** What to say when the repository no longer is where the run was written to; undefined while it is. */
export function movedWords({ location }: CurrentRun, repository: SeenRepository): string | undefined {
  if (repository.state === 'missing' || repository.state === 'invalid') return undefined;
  return differ(location, locationOf(repository.spec));
}

/** The same for the place that a Job was made to ask. */
export function askedElsewhere({ location }: CurrentRun, { metadata }: Job): string | undefined {
  return differ(location, annotationOf(metadata, notes.location));
}

/** A place that is not known is no reason to doubt: Jobs of a former version do not tell it. */
function differ(before: string | undefined, now: string | undefined): string | undefined {
  if (before === undefined || now === undefined || before === now) return undefined;
  return `the repository was moved from ${before} to ${now} while the run was under way, and the run may lie at the former place`;
}
