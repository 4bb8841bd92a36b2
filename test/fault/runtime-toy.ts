import type { Clock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import type { Logger } from '../../src/base/logger.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../src/base/resource.ts';
import { jobType, podType } from '../../src/kube/types.ts';
import type { CacheOptions, ControllerDefinition } from '../../src/runtime/controller-definition.ts';
import type { Decision } from '../../src/runtime/decision.ts';
import { EventRecorder } from '../../src/runtime/events.ts';
import { createInformer } from '../../src/runtime/informer.ts';
import { createLeaderElector } from '../../src/runtime/leader.ts';
import type { LeaderElector } from '../../src/runtime/leader.ts';
import { startManager } from '../../src/runtime/manager.ts';
import type { Manager } from '../../src/runtime/manager.ts';
import { createRuntimeMetrics } from '../../src/runtime/metrics.ts';
import type { RuntimeMetrics } from '../../src/runtime/metrics.ts';
import { customKind, startFakeApiServer } from './fake-api-server/index.ts';
import type { FakeApiServer } from './fake-api-server/index.ts';
import type { ManualClock } from './fake-clock.ts';

/** A kind for tests: status doubles the number in its spec. */
export interface Toy extends KubeObject {
  readonly spec: { readonly number: number };
  readonly status?: { readonly double?: number };
}

export interface ToySeen {
  readonly toy: Toy | undefined;
}

export type ToyController = ControllerDefinition<Toy, ToySeen, Toy['status']>;

export const toyType: ResourceType<Toy> = {
  group: 'test.pgcairn.dev',
  version: 'v1',
  kind: 'Toy',
  plural: 'toys',
};
export const toyNamespace = 'shop';

export function toyKey(name: string): ObjectKey {
  return { namespace: toyNamespace, name };
}

export function newToy(name: string, number = 1): Toy {
  return {
    apiVersion: 'test.pgcairn.dev/v1',
    kind: 'Toy',
    metadata: { namespace: toyNamespace, name },
    spec: { number },
  };
}

/** Reads the toy from the cache and wants its status to double the number. */
export function toyController(changes: Partial<ToyController> = {}): ToyController {
  return {
    name: 'toy',
    type: toyType,
    watches: [],
    concurrency: 4,
    timeoutSeconds: 60,
    observe: (observer, key) => Promise.resolve({ toy: observer.cache(toyType).get(key) }),
    decide: (seen) => doubled(seen),
    ...changes,
  };
}

export function doubled(
  { toy }: ToySeen,
  more: Partial<Decision<Toy['status']>> = {},
): Decision<Toy['status']> {
  const status = toy === undefined ? {} : { status: { double: toy.spec.number * 2 } };
  return { ...status, actions: [], events: [], ...more };
}

function projected<T extends KubeObject>(raw: KubeObject): T {
  return structuredClone(raw) as T;
}

const toyCache: CacheOptions<Toy> = { type: toyType, project: projected<Toy>, indexes: {} };

export async function startToyServer(clock?: ManualClock): Promise<FakeApiServer> {
  return startFakeApiServer({ kinds: [customKind(toyType)], ...(clock && { clock }) });
}

export interface Operator {
  readonly manager: Manager;
  readonly metrics: RuntimeMetrics;
  readonly elector: LeaderElector;
}

/** An operator process: informers, leader election, controllers. Its requests carry `name` as User-Agent. */
export function startOperator(
  server: FakeApiServer,
  name: string,
  controllers: readonly ToyController[],
  { logger = silentLogger, clock = server.clock }: { logger?: Logger; clock?: Clock } = {},
): Operator {
  const random = (): number => 0.5;
  const metrics = createRuntimeMetrics();
  const { client, transport } = server.connect(name, { clock });
  const common = { client, clock, random, logger, metrics };
  const elector = createLeaderElector({
    ...common,
    namespace: 'pgcairn-system',
    name: 'pgcairn',
    identity: `${name}_1`,
  });
  const informed = { transport, clock, random, logger };
  const informers = [
    createInformer(toyCache, informed),
    createInformer({ type: jobType, project: projected, indexes: {} }, informed),
    createInformer({ type: podType, project: projected, indexes: {} }, informed),
  ];
  const controller = 'pgcairn.dev/operator';
  const events = new EventRecorder({
    ...common,
    leadership: elector,
    controller,
    instance: elector.identity,
  });
  const manager = startManager({ ...common, informers, controllers, leader: elector, events });
  return { manager, metrics, elector };
}

/** A process that can be stopped as by SIGSTOP: time goes on, but nothing in it does. */
export interface FreezableClock extends Clock {
  freeze(): void;
  thaw(): void;
}

export function freezableClock(clock: Clock): FreezableClock {
  let running = Promise.withResolvers<void>();
  running.resolve();
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: async (milliseconds, signal) => {
      await clock.sleep(milliseconds, signal);
      await running.promise;
    },
    freeze() {
      running = Promise.withResolvers();
    },
    thaw() {
      running.resolve();
    },
  };
}

/** The value of one series in the metrics text; undefined when there is no such line. */
export async function sample(metrics: RuntimeMetrics, series: string): Promise<number | undefined> {
  const { body } = await metrics.render();
  const line = body.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}
