import { quantityValue } from '../../api/v1alpha1/quantity.ts';
import type { WorkerSpec } from '../../api/v1alpha1/postgres-backup.ts';

type Wanted = WorkerSpec['resources'];
type Amounts = NonNullable<Wanted['requests']>;

/** What a container gets where its owner says nothing. */
export interface ResourceDefaults {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

const workerDefaults: ResourceDefaults = {
  requests: { cpu: '100m', memory: '128Mi', 'ephemeral-storage': '64Mi' },
  limits: { memory: '512Mi', 'ephemeral-storage': '2Gi' },
};

/**
 * What the owner wants, and the defaults for the rest. A default gives way to what stands beside it: the API server
 * refuses a request over its limit, and with it the Job.
 */
export function workerResources(
  wanted: Wanted,
  defaults: ResourceDefaults = workerDefaults,
): { requests: Amounts; limits: Amounts } {
  const requests = { ...defaults.requests, ...wanted.requests };
  const limits = { ...defaults.limits, ...wanted.limits };
  for (const name of ['cpu', 'memory', 'ephemeral-storage'] as const) {
    const [request, limit] = [requests[name], limits[name]];
    if (request === undefined || limit === undefined || !isOver(request, limit)) continue;
    if (wanted.limits?.[name] === undefined) limits[name] = request;
    else requests[name] = limit;
  }
  return { requests, limits };
}

function isOver(request: string | number, limit: string | number): boolean {
  return (quantityValue(request) ?? 0) > (quantityValue(limit) ?? 0);
}
