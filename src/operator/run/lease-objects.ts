import type { KubeObject } from '../../base/resource.ts';
import type { Job, Lease } from '../../kube/types.ts';
import { labelNames, notes, ownerNote, uidOf } from '../marks.ts';
import type { Settings } from '../settings.ts';

/** The Lease of a server, held by `job`; `before` is the Lease that is taken over, with its resourceVersion. */
export function serverLease(
  settings: Settings,
  owner: KubeObject,
  job: Job,
  { name, now, before }: { readonly name: string; readonly now: Date; readonly before?: Lease },
): Lease {
  const time = microTime(now);
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      ...before?.metadata,
      name,
      namespace: settings.namespace,
      labels: { [labelNames.managedBy]: 'pgcairn', [labelNames.partOf]: 'pgcairn' },
      annotations: {
        [notes.holder]: `${job.metadata.namespace ?? ''}/${job.metadata.name}`,
        [notes.owner]: `${owner.metadata.namespace ?? ''}/${ownerNote(owner)}`,
      },
    },
    spec: {
      holderIdentity: uidOf(job),
      acquireTime: time,
      renewTime: time,
      leaseTransitions: (before?.spec?.leaseTransitions ?? 0) + (before ? 1 : 0),
    },
  };
}

/** The Lease without a holder. Its annotation stays: pods of the last one may still be in their grace period. */
export function releasedLease(lease: Lease): Lease {
  return {
    ...lease,
    spec: { leaseTransitions: lease.spec?.leaseTransitions ?? 0 },
  };
}

/** metav1.MicroTime. */
function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}
