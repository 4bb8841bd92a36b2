import type { Lease } from '../kube/types.ts';

/** What the holder writes into a Lease, and what everybody else judges it by. */
interface LeaseTiming {
  readonly durationMilliseconds: number;
  readonly renewMilliseconds: number;
  readonly retryMilliseconds: number;
}

/** client-go's defaults for controllers that prefer a quick hand-over: 15 s / 10 s / 2 s. */
export const leaseTiming: LeaseTiming = {
  durationMilliseconds: 15_000,
  renewMilliseconds: 10_000,
  retryMilliseconds: 2_000,
};

/** RFC 3339 with exactly six digits of fraction: the API server's MicroTime takes nothing else. */
export function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}

export function heldLease(
  previous: Lease | undefined,
  place: { readonly namespace: string; readonly name: string },
  identity: string,
  now: Date,
): Lease {
  const spec = previous?.spec ?? {};
  const isOwn = spec.holderIdentity === identity;
  const transitions = spec.leaseTransitions ?? 0;
  const time = microTime(now);
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: previous?.metadata ?? place,
    spec: {
      ...spec,
      holderIdentity: identity,
      leaseDurationSeconds: leaseTiming.durationMilliseconds / 1000,
      acquireTime: isOwn && spec.acquireTime !== undefined ? spec.acquireTime : time,
      renewTime: time,
      leaseTransitions: isOwn || previous === undefined ? transitions : transitions + 1,
    },
  };
}

/** As client-go leaves it on a clean stop: nobody's, and over after one second. */
export function releasedLease(held: Lease, now: Date): Lease {
  const { holderIdentity: _, ...spec } = held.spec ?? {};
  const time = microTime(now);
  return { ...held, spec: { ...spec, leaseDurationSeconds: 1, acquireTime: time, renewTime: time } };
}

/**
 * When a foreign lease is over, judged by the local clock alone: its duration after this process last saw the record
 * change. The times inside the record come from another machine's clock and are never looked at.
 */
export class LeaseWatch {
  #version: string | undefined;
  #changedAt = 0;

  /** Notes a record read at `monotonic`; returns until when (monotonic ms) its holder must be respected. */
  observe(lease: Lease, monotonic: number): number {
    const version = lease.metadata.resourceVersion;
    if (version !== this.#version) {
      this.#version = version;
      this.#changedAt = monotonic;
    }
    const holder = lease.spec?.holderIdentity;
    if (holder === undefined || holder === null || holder === '') return monotonic;
    return this.#changedAt + (lease.spec?.leaseDurationSeconds ?? 0) * 1000;
  }
}
