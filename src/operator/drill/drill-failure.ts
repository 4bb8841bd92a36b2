import type { Trouble } from '../job/trouble.ts';

/** How the kubelet words it that a pod wrote more to an emptyDir than it may hold. */
const volumeExceeded = /Usage of EmptyDir volume "drill" exceeds the limit "([^"]+)"/;

/** A failure in the terms of a drill: its record is evidence, and its volume is its own. */
export function drillFailure({ reason, message }: Trouble): Trouble {
  const limit = volumeExceeded.exec(message)?.[1];
  if (limit !== undefined) {
    return { reason: 'DrillVolumeTooSmall', message: `the drill needs more than the ${limit} of its volume` };
  }
  if (reason !== 'ManifestMissing') return { reason, message };
  return {
    reason: 'EvidenceNotWritten',
    message: `${message}, and the store holds no evidence of the drill`,
  };
}
