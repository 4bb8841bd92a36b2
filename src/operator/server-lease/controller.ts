import type { Job, Lease, Pod } from '../../kube/types.ts';
import { jobType, leaseType, podType } from '../../kube/types.ts';
import type { ControllerDefinition, Observer, Watch } from '../../runtime/controller-definition.ts';
import type { ObjectKey } from '../../base/resource.ts';
import { indexes } from '../caches.ts';
import { jobNameLabel } from '../marks.ts';
import type { Settings } from '../settings.ts';
import { decide } from './decide.ts';
import type { Seen } from './observe.ts';
import { observe } from './observe.ts';

const jobs: Watch<Job> = {
  type: jobType,
  wakes: ({ metadata }, caches) => leasesOf(caches, metadata.namespace, metadata.name),
};
const pods: Watch<Pod> = {
  type: podType,
  wakes: ({ metadata }, caches) => leasesOf(caches, metadata.namespace, metadata.labels?.[jobNameLabel]),
};

/** Leases that name the Job as their holder. */
function leasesOf(
  caches: Pick<Observer, 'cache'>,
  namespace = '',
  job: string | undefined,
): readonly ObjectKey[] {
  if (job === undefined) return [];
  return caches
    .cache(leaseType)
    .byIndex(indexes.holder, `${namespace}/${job}`)
    .map(({ metadata }) => ({ namespace: metadata.namespace ?? '', name: metadata.name }));
}

/** Removes Leases of servers that nobody holds any more, also those whose Job vanished with its namespace. */
export function serverLeaseController(settings: Settings): ControllerDefinition<Lease, Seen, never> {
  return {
    name: 'server-lease',
    type: leaseType,
    watches: [jobs, pods],
    concurrency: 2,
    timeoutSeconds: 60,
    observe: async (observer, key) => await observe(settings, observer, key),
    decide,
  };
}
