import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

const queueBuckets = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1000];
const passBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5,
  1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];

type ByController = 'controller';
type ByQueue = 'name' | 'controller';

export interface Families {
  readonly total: Counter<'controller' | 'result'>;
  readonly errors: Counter<ByController>;
  readonly terminal: Counter<ByController>;
  readonly panics: Counter<ByController>;
  readonly timeouts: Counter<ByController>;
  readonly seconds: Histogram<ByController>;
  readonly workers: Gauge<ByController>;
  readonly active: Gauge<ByController>;
  readonly staleSkips: Counter<ByController>;
  readonly depth: Gauge<ByQueue>;
  readonly adds: Counter<ByQueue>;
  readonly retries: Counter<ByQueue>;
  readonly waited: Histogram<ByQueue>;
  readonly worked: Histogram<ByQueue>;
  readonly leader: Gauge<'name'>;
  readonly slowPath: Counter<'name'>;
  readonly rest: Counter<'code' | 'method' | 'host'>;
  readonly eventsDropped: Counter;
}

/** The metric families under the names that dashboards for controller-runtime and client-go expect. */
export function createFamilies(registry: Registry): Families {
  const registers = [registry];
  const byController = { labelNames: ['controller'] as const, registers };
  const byName = { labelNames: ['name', 'controller'] as const, registers };
  const counter = (name: string, help: string) => new Counter({ name, help, ...byController });
  const queueCounter = (name: string, help: string) => new Counter({ name, help, ...byName });
  const gauge = (name: string, help: string) => new Gauge({ name, help, ...byController });
  const queueGauge = (name: string, help: string) => new Gauge({ name, help, ...byName });
  const queueHistogram = (name: string, help: string) =>
    new Histogram({ name, help, ...byName, buckets: queueBuckets });
  return {
    total: new Counter({
      name: 'controller_runtime_reconcile_total',
      help: 'Passes per controller and result',
      labelNames: ['controller', 'result'] as const,
      registers,
    }),
    errors: counter('controller_runtime_reconcile_errors_total', 'Passes that ended in an error'),
    terminal: counter('controller_runtime_terminal_reconcile_errors_total', 'Errors that are not retried'),
    panics: counter('controller_runtime_reconcile_panics_total', 'Passes that ended in a programming error'),
    timeouts: counter('controller_runtime_reconcile_timeouts_total', 'Passes that took too long'),
    seconds: new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'Length of a pass',
      ...byController,
      buckets: passBuckets,
    }),
    workers: gauge('controller_runtime_max_concurrent_reconciles', 'Workers per controller'),
    active: gauge('controller_runtime_active_workers', 'Workers in a pass'),
    staleSkips: counter('pgcairn_stale_sync_skips_total', 'Passes put off until the cache shows own writes'),
    depth: queueGauge('workqueue_depth', 'Keys that wait'),
    adds: queueCounter('workqueue_adds_total', 'Keys added'),
    retries: queueCounter('workqueue_retries_total', 'Keys added again by backoff'),
    waited: queueHistogram('workqueue_queue_duration_seconds', 'Time a key waited'),
    worked: queueHistogram('workqueue_work_duration_seconds', 'Time a key was worked on'),
    leader: new Gauge({
      name: 'leader_election_master_status',
      help: '1 while this process leads',
      labelNames: ['name'] as const,
      registers,
    }),
    slowPath: new Counter({
      name: 'leader_election_slowpath_total',
      help: 'Renewals that needed the Lease read again',
      labelNames: ['name'] as const,
      registers,
    }),
    rest: new Counter({
      name: 'rest_client_requests_total',
      help: 'Calls to the API server',
      labelNames: ['code', 'method', 'host'] as const,
      registers,
    }),
    eventsDropped: new Counter({
      name: 'pgcairn_events_dropped_total',
      help: 'Events not written: too many of them, or the API server refused',
      registers,
    }),
  };
}
