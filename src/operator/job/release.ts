import type { Job } from '../../kube/types.ts';
import { jobType } from '../../kube/types.ts';
import type { Action } from '../../runtime/decision.ts';
import { annotationOf, finalizers, notes, uidOf } from '../marks.ts';

/** How long a Job whose result is in status stays for people to look at, where it does not say so itself. */
const usualSeconds = 3600;

/**
 * Lets a Job go whose result has been recorded or is of no more interest: nothing while it is already let go. The
 * resourceVersion is a precondition because a merge patch replaces the whole list of finalizers.
 */
export function releaseJob(job: Job): readonly Action[] {
  if (!isHeld(job)) return [];
  const { metadata } = job;
  return [
    {
      do: 'patch',
      type: jobType,
      key: { namespace: metadata.namespace ?? '', name: metadata.name },
      uid: uidOf(job),
      ...(metadata.resourceVersion !== undefined && { resourceVersion: metadata.resourceVersion }),
      patch: {
        metadata: { finalizers: metadata.finalizers?.filter((name) => name !== finalizers.result) ?? [] },
        ...(metadata.deletionTimestamp === undefined && {
          spec: { ttlSecondsAfterFinished: keepSeconds(job) },
        }),
      },
    },
  ];
}

function keepSeconds({ metadata }: Job): number {
  const given = Number(annotationOf(metadata, notes.keepSeconds));
  return Number.isInteger(given) ? given : usualSeconds;
}

/** True while the operator's finalizer is on the Job. */
export function isHeld(job: Job): boolean {
  return job.metadata.finalizers?.includes(finalizers.result) ?? false;
}

/** Ends a Job that is not wanted any more: deleted first, so that no pod starts once it is let go. */
export function endJob(job: Job): readonly Action[] {
  const { metadata } = job;
  const key = { namespace: metadata.namespace ?? '', name: metadata.name };
  const remove: readonly Action[] =
    metadata.deletionTimestamp === undefined ? [{ do: 'delete', type: jobType, key, uid: uidOf(job) }] : [];
  // The deletion changes the resourceVersion: the next pass, woken by it, lets the Job go.
  return remove.length > 0 ? remove : releaseJob(job);
}
