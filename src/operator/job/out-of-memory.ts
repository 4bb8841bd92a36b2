import type { Pod } from '../../kube/types.ts';
import { killedExitCode } from '../../task/exit-codes.ts';
import { disruptionOf } from './disruption.ts';
import { terminatedWorker } from './report.ts';

/**
 * How a worker ended for lack of memory, in words that go on after the name of its pod; undefined: it did not. A
 * container runtime may miss that the kernel did it: a worker that was killed though nobody deleted its pod most
 * likely had too little, too.
 */
export function lackOfMemory(pod: Pod): string | undefined {
  const end = terminatedWorker(pod);
  // With very little memory it is the runtime's own first step that is killed, and the container never starts.
  const neverStarted = end?.reason === 'StartError' && end.message?.includes('OOM-killed') === true;
  if (end?.reason === 'OOMKilled' || neverStarted) return 'was killed for lack of memory';
  // With another reason the kubelet does not know how it ended.
  if (end?.exitCode !== killedExitCode || end.reason !== 'Error' || wasTaken(pod)) return undefined;
  return 'was killed, and nobody deleted it: most likely for lack of memory';
}

/** Deleted, evicted, preempted, or lost with its node. */
function wasTaken(pod: Pod): boolean {
  const { metadata, status } = pod;
  return (
    metadata.deletionTimestamp !== undefined ||
    status?.reason !== undefined ||
    disruptionOf(pod) !== undefined
  );
}
