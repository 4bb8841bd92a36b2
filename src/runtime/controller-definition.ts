import type { KubeObject, ObjectKey, ResourceType } from '../base/resource.ts';
import type { Decision } from './decision.ts';

/** A projected, frozen, indexed local copy of one kind, kept fresh by a reflector. */
export interface Cache<T extends KubeObject> {
  get(key: ObjectKey): T | undefined;
  /** Objects whose index function returned `value`. */
  byIndex(index: string, value: string): readonly T[];
  list(): readonly T[];
}

/** Reads that go to the API server, for what must not be stale (absence before a create, a Lease). */
export interface LiveReader {
  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): Promise<T | undefined>;
  list<T extends KubeObject>(
    type: ResourceType<T>,
    namespace: string,
    labelSelector: string,
  ): Promise<readonly T[]>;
}

/** What `observe` may use. It reads and never judges; NotFound is a value. */
export interface Observer {
  cache<T extends KubeObject>(type: ResourceType<T>): Cache<T>;
  readonly live: LiveReader;
  /** Aborts when the pass takes too long or the leader is no longer leader. */
  readonly signal: AbortSignal;
}

/** How a watched kind wakes the controller: from a changed object to the names of the controller's own objects. */
export interface Watch<T extends KubeObject = KubeObject> {
  readonly type: ResourceType<T>;
  /** Called with the new state and, on change or removal, the old one (both old and new owners get woken). */
  wakes(object: T, caches: Pick<Observer, 'cache'>): readonly ObjectKey[];
}

/** One kind's controller, as data. The runtime supplies queue, workers, status writing, actions and metrics. */
export interface ControllerDefinition<T extends KubeObject, Seen, Status> {
  /** Lower-case, for metrics, logs and the field manager `pgcairn-<name>`. */
  readonly name: string;
  readonly type: ResourceType<T>;
  readonly watches: readonly Watch[];
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  observe(observer: Observer, key: ObjectKey): Promise<Seen>;
  /** Pure and total. */
  decide(seen: Seen, now: Date): Decision<Status>;
}

/** Written as a method, so that the options of one kind fit into a list of options of any kind. */
interface IndexFunction<T extends KubeObject> {
  values(object: T): readonly string[];
}

/** What the reflector of a kind keeps. */
export interface CacheOptions<T extends KubeObject> {
  readonly type: ResourceType<T>;
  readonly labelSelector?: string;
  /** Builds the smaller object to keep; must not return the raw one. */
  readonly project: (raw: KubeObject) => T;
  readonly indexes: Readonly<Record<string, IndexFunction<T>['values']>>;
}
