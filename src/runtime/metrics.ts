import { Counter, Gauge, Registry } from 'prom-client';
import { createFamilies } from './metric-families.ts';
import type { Families } from './metric-families.ts';
import type { QueueMetrics } from './queue.ts';

/** Outcomes of a pass, as controller-runtime names them. */
export type PassResult = 'success' | 'error' | 'requeue' | 'requeue_after';

const passResults: readonly PassResult[] = ['success', 'error', 'requeue', 'requeue_after'];

/** One controller's counters; every series of it exists from the start, at zero. */
export interface ControllerMetrics {
  readonly queue: QueueMetrics;
  passStarted(): void;
  passFinished(result: PassResult, seconds: number): void;
  error(): void;
  panic(): void;
  timeout(): void;
  staleSkip(): void;
  /** Read when scraped: monotonic times at which the keys in work were taken. */
  observeQueue(takenAt: () => readonly number[], now: () => number): void;
}

/** One value of a gauge computed when scraped. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface GaugeDefinition {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  /** `counter` for values that only grow while the process lives; default `gauge`. */
  readonly kind?: 'gauge' | 'counter';
  /** Called at each scrape; reads caches, never the API server. */
  samples(): readonly Sample[];
}

export interface RuntimeMetrics {
  controller(name: string, workers: number): ControllerMetrics;
  leading(name: string, isLeader: boolean): void;
  leaderSlowPath(name: string): void;
  /** One answered (or failed) call; `code` is the HTTP status, or `<error>` without an answer. */
  restRequest(method: string, host: string, code: string): void;
  eventDropped(): void;
  /** Registers gauges whose values come from caches at the time of the scrape. */
  registerGauges(gauges: readonly GaugeDefinition[]): void;
  /** Prometheus text format, and its content type. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

interface Work {
  readonly labels: { readonly name: string; readonly controller: string };
  takenAt(): readonly number[];
  now(): number;
}

function registerWorkGauges(registry: Registry, queues: readonly Work[]): void {
  const gauges = {
    workqueue_unfinished_work_seconds: {
      help: 'Sum of the time that keys in work have taken so far',
      of: (ages: readonly number[]) => ages.reduce((sum, age) => sum + age, 0),
    },
    workqueue_longest_running_processor_seconds: {
      help: 'Time that the slowest key in work has taken so far',
      of: (ages: readonly number[]) => Math.max(0, ...ages),
    },
  };
  for (const [name, { help, of }] of Object.entries(gauges)) {
    new Gauge({
      name,
      help,
      labelNames: ['name', 'controller'],
      registers: [registry],
      collect() {
        for (const queue of queues) {
          const now = queue.now();
          this.set(queue.labels, of(queue.takenAt().map((taken) => (now - taken) / 1000)));
        }
      },
    });
  }
}

function queueMetrics(metrics: Families, labels: Work['labels']): QueueMetrics {
  metrics.adds.inc(labels, 0);
  metrics.retries.inc(labels, 0);
  metrics.depth.set(labels, 0);
  metrics.waited.zero(labels);
  metrics.worked.zero(labels);
  return {
    added: () => {
      metrics.adds.inc(labels);
    },
    retried: () => {
      metrics.retries.inc(labels);
    },
    depth: (keys) => {
      metrics.depth.set(labels, keys);
    },
    taken: (seconds) => {
      metrics.waited.observe(labels, seconds);
    },
    finished: (seconds) => {
      metrics.worked.observe(labels, seconds);
    },
  };
}

function controllerMetrics(metrics: Families, controller: string, queues: Work[]): ControllerMetrics {
  const labels = { controller };
  const queueLabels = { name: controller, controller };
  for (const result of passResults) metrics.total.inc({ controller, result }, 0);
  const counters = [metrics.errors, metrics.terminal, metrics.panics, metrics.timeouts, metrics.staleSkips];
  for (const counter of counters) counter.inc(labels, 0);
  metrics.seconds.zero(labels);
  metrics.active.set(labels, 0);
  return {
    queue: queueMetrics(metrics, queueLabels),
    passStarted: () => {
      metrics.active.inc(labels);
    },
    passFinished: (result, seconds) => {
      metrics.active.dec(labels);
      metrics.total.inc({ controller, result });
      metrics.seconds.observe(labels, seconds);
    },
    error: () => {
      metrics.errors.inc(labels);
    },
    panic: () => {
      metrics.panics.inc(labels);
    },
    timeout: () => {
      metrics.timeouts.inc(labels);
    },
    staleSkip: () => {
      metrics.staleSkips.inc(labels);
    },
    observeQueue: (takenAt, now) => {
      queues.push({ labels: queueLabels, takenAt, now });
    },
  };
}

function registerComputed(registry: Registry, definition: GaugeDefinition): void {
  const { name, help, kind } = definition;
  const common = { name, help, labelNames: [...definition.labelNames], registers: [registry] };
  if (kind === 'counter') {
    new Counter({
      ...common,
      collect() {
        this.reset();
        for (const sample of definition.samples()) this.inc({ ...sample.labels }, sample.value);
      },
    });
    return;
  }
  new Gauge({
    ...common,
    collect() {
      this.reset();
      for (const sample of definition.samples()) this.set({ ...sample.labels }, sample.value);
    },
  });
}

/** A registry of its own for each call; nothing is shared between two managers in one process. */
export function createRuntimeMetrics(): RuntimeMetrics {
  const registry = new Registry();
  const metrics = createFamilies(registry);
  const queues: Work[] = [];
  registerWorkGauges(registry, queues);
  return {
    controller(name, workers) {
      metrics.workers.set({ controller: name }, workers);
      return controllerMetrics(metrics, name, queues);
    },
    leading(name, isLeader) {
      metrics.leader.set({ name }, isLeader ? 1 : 0);
      metrics.slowPath.inc({ name }, 0);
    },
    leaderSlowPath(name) {
      metrics.slowPath.inc({ name });
    },
    restRequest(method, host, code) {
      metrics.rest.inc({ method, host, code });
    },
    eventDropped() {
      metrics.eventsDropped.inc();
    },
    registerGauges(gauges) {
      for (const gauge of gauges) registerComputed(registry, gauge);
    },
    async render() {
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
