import type { Random } from '../base/backoff.ts';
import type { Logger } from '../base/logger.ts';
import type { KubeObject, ObjectKey } from '../base/resource.ts';
import { compareResourceVersions } from '../kube/resource-version.ts';
import type { Watch } from './controller-definition.ts';
import { typeId } from './informer.ts';
import type { CacheChange, Informer } from './informer.ts';
import { keyOf, keyText, parseKey } from './key.ts';
import type { ControllerMetrics, PassResult, RuntimeMetrics } from './metrics.ts';
import { OwnWrites } from './own-writes.ts';
import type { Expectation } from './own-writes.ts';
import { cachesOf, passLogger, runPass } from './pass.ts';
import type { AnyController, PassDependencies, PassOutcome } from './pass.ts';
import { priorities, Queue } from './queue.ts';

export interface ControllerDependencies extends PassDependencies {
  readonly metrics: RuntimeMetrics;
  readonly random: Random;
}

/** How long a pass waits for the caches to show the own write before the object is read live. */
const staleMilliseconds = 30_000;
/** How soon a key whose write was fenced is looked at again; the lease is renewed every 2 s. */
const fencedMilliseconds = 1_000;

function isLost(expectation: Expectation, live: KubeObject): boolean {
  if (expectation.expects === 'removal') return live.metadata.uid !== expectation.uid;
  return compareResourceVersions(live.metadata.resourceVersion ?? '', expectation.resourceVersion) < 0;
}

/** One kind's controller at work: queue, workers, and the rule what each outcome means for the key. */
export class Controller {
  readonly name: string;
  readonly #definition: AnyController;
  readonly #dependencies: ControllerDependencies;
  readonly #metrics: ControllerMetrics;
  readonly #queue: Queue;
  readonly #ownWrites: OwnWrites;
  /** Since when (monotonic ms) each key waits for the caches. */
  readonly #stale = new Map<string, number>();

  constructor(definition: AnyController, dependencies: ControllerDependencies) {
    this.name = definition.name;
    this.#definition = definition;
    this.#dependencies = dependencies;
    this.#metrics = dependencies.metrics.controller(definition.name, definition.concurrency);
    const { clock, random } = dependencies;
    this.#queue = new Queue({ clock, random, metrics: this.#metrics.queue });
    this.#metrics.observeQueue(
      () => this.#queue.takenAt,
      () => clock.monotonic(),
    );
    this.#ownWrites = new OwnWrites(dependencies.informers);
  }

  /**
   * Works until `stop` aborts, then lets the passes in flight end. `abandon` aborts those as well. Resolves when no
   * pass runs any more. The informers must be synced before.
   */
  async run(stop: AbortSignal, abandon: AbortSignal): Promise<void> {
    const ends = this.#subscribe();
    const shutdown = (): void => {
      this.#queue.shutdown();
    };
    stop.addEventListener('abort', shutdown, { once: true });
    abandon.addEventListener('abort', shutdown, { once: true });
    if (stop.aborted || abandon.aborted) shutdown();
    this.#wakeAll();
    const workers = Array.from({ length: this.#definition.concurrency }, () => this.#work(abandon));
    await Promise.all(workers);
    for (const end of ends) end();
    stop.removeEventListener('abort', shutdown);
    abandon.removeEventListener('abort', shutdown);
  }

  async #work(abandon: AbortSignal): Promise<void> {
    for (;;) {
      const key = await this.#queue.take();
      if (key === undefined) return;
      if (await this.#mayPass(key, abandon)) await this.#pass(key, abandon);
      this.#queue.done(key);
    }
  }

  async #pass(key: string, abandon: AbortSignal): Promise<void> {
    const objectKey = parseKey(key);
    const logger = passLogger(this.#dependencies.logger, this.name, objectKey);
    const start = this.#dependencies.clock.monotonic();
    this.#metrics.passStarted();
    const writes = {
      wrote: this.#ownWrites.wrote.bind(this.#ownWrites, key),
      deleted: this.#ownWrites.deleted.bind(this.#ownWrites, key),
    };
    const outcome = await runPass(this.#definition, objectKey, this.#dependencies, writes, abandon);
    const result = this.#conclude(key, outcome, logger);
    this.#metrics.passFinished(result, (this.#dependencies.clock.monotonic() - start) / 1000);
  }

  /** What the outcome means for the key, in one place. */
  #conclude(key: string, outcome: PassOutcome, logger: Logger): PassResult {
    switch (outcome.kind) {
      case 'done':
        this.#queue.forget(key);
        if (outcome.wakeAfterSeconds === undefined) return 'success';
        this.#queue.addAfter(key, outcome.wakeAfterSeconds * 1000);
        return 'requeue_after';
      case 'again':
        logger.debug({ because: outcome.because }, 'pass ended early, starts again');
        this.#queue.addRateLimited(key);
        return 'requeue';
      case 'fenced':
        logger.warn({}, 'write held back: leadership is not certain');
        this.#queue.addAfter(key, fencedMilliseconds);
        return 'requeue_after';
      case 'stopped':
        return 'requeue';
      case 'timedOut':
        this.#metrics.timeout();
        return this.#failed(
          key,
          logger,
          { timeoutSeconds: this.#definition.timeoutSeconds },
          'pass timed out',
        );
      case 'panicked':
        this.#metrics.panic();
        return this.#failed(key, logger, { err: outcome.error }, 'pass threw what nobody throws on purpose');
      case 'failed':
        return this.#failed(key, logger, { err: outcome.error }, 'pass failed');
    }
  }

  #failed(key: string, logger: Logger, fields: object, message: string): PassResult {
    this.#metrics.error();
    logger.error(fields, message);
    this.#queue.addRateLimited(key);
    return 'error';
  }

  /**
   * The gate: false puts the pass off until the caches show this key's own last writes. A change of the awaited object
   * wakes the key; the timer is for the case that none comes.
   */
  async #mayPass(key: string, abandon: AbortSignal): Promise<boolean> {
    const unseen = this.#ownWrites.unseen(key);
    if (unseen.length === 0) {
      this.#stale.delete(key);
      return true;
    }
    const now = this.#dependencies.clock.monotonic();
    const since = this.#stale.get(key);
    if (since === undefined) {
      this.#stale.set(key, now);
      this.#metrics.staleSkip();
      this.#queue.addAfter(key, staleMilliseconds);
    } else if (now - since < staleMilliseconds) {
      this.#queue.addAfter(key, staleMilliseconds - (now - since));
    } else {
      await this.#dropWhatIsGone(key, unseen, abandon);
      this.#stale.delete(key);
      this.#queue.add(key);
    }
    return false;
  }

  /**
   * What the cache will never show would be awaited for ever: an object removed before it got there, or a version that
   * the server itself lost, because its storage was restored from a backup.
   */
  async #dropWhatIsGone(key: string, unseen: readonly Expectation[], signal: AbortSignal): Promise<void> {
    const { client, logger } = this.#dependencies;
    for (const expectation of unseen) {
      const fields = { key, kind: expectation.type.kind, object: keyText(expectation.object) };
      try {
        const live = await client.get(expectation.type, expectation.object, { signal });
        if (live === undefined || isLost(expectation, live)) this.#ownWrites.drop(key, expectation);
        else logger.warn(fields, 'the cache does not show an own write yet');
      } catch (error) {
        logger.warn(
          { ...fields, err: error },
          'could not look for an own write that the cache does not show',
        );
      }
    }
  }

  #subscribe(): (() => void)[] {
    const { informers } = this.#dependencies;
    return [...informers.values()].map((informer) =>
      informer.subscribe((change) => {
        this.#wakeFor(informer, change);
        this.#wakeWaiting(change.object);
      }),
    );
  }

  #wakeFor(informer: Informer, change: CacheChange<KubeObject>): void {
    const priority = change.fromList ? priorities.resync : priorities.live;
    const states = change.previous === undefined ? [change.object] : [change.object, change.previous];
    for (const state of states) {
      for (const key of this.#wokenBy(informer, state)) this.#queue.add(keyText(key), priority);
    }
  }

  /** Keys that wait for the caches; few at any time, and only looked at while there are any. */
  #wakeWaiting(object: KubeObject): void {
    if (this.#stale.size === 0) return;
    const changed = keyText(keyOf(object.metadata));
    for (const key of this.#stale.keys()) {
      const awaits = this.#ownWrites.isAwaiting(key, changed);
      if (awaits) this.#queue.add(key);
    }
  }

  /** Everything that exists when the controller starts, behind what changes from now on. */
  #wakeAll(): void {
    for (const informer of this.#dependencies.informers.values()) {
      for (const object of informer.cache.list()) {
        for (const key of this.#wokenBy(informer, object)) this.#queue.add(keyText(key), priorities.resync);
      }
    }
  }

  #wokenBy(informer: Informer, object: KubeObject): readonly ObjectKey[] {
    const id = typeId(informer.type);
    const own = id === typeId(this.#definition.type) ? [keyOf(object.metadata)] : [];
    const watching = this.#definition.watches.filter((watch) => typeId(watch.type) === id);
    return [...own, ...watching.flatMap((watch) => this.#mapped(watch, object))];
  }

  /** A map function that throws must not stop the informer that called it. */
  #mapped(watch: Watch, object: KubeObject): readonly ObjectKey[] {
    try {
      return watch.wakes(object, cachesOf(this.#dependencies.informers));
    } catch (error) {
      this.#metrics.panic();
      this.#dependencies.logger.error(
        { err: error, controller: this.name, kind: watch.type.kind, object: object.metadata.name },
        'could not tell which objects a change concerns',
      );
      return [];
    }
  }
}
