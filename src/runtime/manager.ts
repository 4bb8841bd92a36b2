import type { Random } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { KubeClient } from '../kube/client.ts';
import { Controller } from './controller.ts';
import type { EventSink } from './events.ts';
import { informerMetrics } from './informer-metrics.ts';
import { typeId } from './informer.ts';
import type { Informer } from './informer.ts';
import type { LeaderElector } from './leader.ts';
import type { RuntimeMetrics } from './metrics.ts';
import type { AnyController } from './pass.ts';

export interface ManagerOptions {
  readonly client: KubeClient;
  /** Every kind that a controller observes from a cache or watches. */
  readonly informers: readonly Informer[];
  readonly controllers: readonly AnyController[];
  readonly leader: LeaderElector;
  readonly events: EventSink;
  readonly metrics: RuntimeMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** How long passes in flight may still take after `stop`; default 30 s. */
  readonly graceSeconds?: number;
}

/** Why the manager ended. Only `stopped` is a success; a process that lost the lease must exit, not go on. */
export type ManagerEnd =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'lostLeadership' }
  | { readonly kind: 'failed'; readonly error: unknown };

export interface Manager {
  /** Settles when everything that was started has ended; never rejects. */
  readonly done: Promise<ManagerEnd>;
  /** Lets passes in flight end, releases the lease, and resolves as `done` does. */
  stop(): Promise<ManagerEnd>;
}

/**
 * Starts the informers (on a standby too, so that it can take over warm), waits until all are synced, stands for
 * leader, and runs the controllers while leading.
 */
export function startManager(options: ManagerOptions): Manager {
  options.metrics.registerGauges(informerMetrics(options.informers));
  const stopping = new AbortController();
  const done = run(options, stopping.signal);
  return {
    done,
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}

async function run(options: ManagerOptions, stop: AbortSignal): Promise<ManagerEnd> {
  const { informers, events, leader, logger } = options;
  const background = new AbortController();
  const failed = new AbortController();
  const running = [...informers, events].map((part) => keepRunning(part, background.signal, failed));
  try {
    const halt = eitherAborts(stop, failed.signal);
    if (!(await untilSynced(options, halt))) return ended(failed.signal);
    logger.info({ kinds: informers.map((informer) => informer.type.kind) }, 'caches are synced');
    const end = await leader.run((lost) => lead(options, halt, lost), halt);
    if (end === 'lost') return { kind: 'lostLeadership' };
    return ended(failed.signal);
  } catch (error) {
    return { kind: 'failed', error };
  } finally {
    background.abort();
    await Promise.all(running);
  }
}

/** Background work ends only by its signal. Should it end by itself, caches would go stale in silence. */
async function keepRunning(
  part: Pick<EventSink, 'run'>,
  signal: AbortSignal,
  failed: AbortController,
): Promise<void> {
  try {
    await part.run(signal);
    if (!signal.aborted) failed.abort(new Error('background work ended by itself'));
  } catch (error) {
    if (!signal.aborted) failed.abort(error);
  }
}

function ended(failed: AbortSignal): ManagerEnd {
  return failed.aborted ? { kind: 'failed', error: failed.reason } : { kind: 'stopped' };
}

/** False when stopped before. */
async function untilSynced(options: ManagerOptions, stop: AbortSignal): Promise<boolean> {
  try {
    await Promise.all(options.informers.map((informer) => informer.whenSynced(stop)));
  } catch {
    // Rejected by `stop` alone.
  }
  return !stop.aborted;
}

/** Runs all controllers until `stop` (passes in flight get their grace) or `lost` (they are aborted at once). */
async function lead(options: ManagerOptions, stop: AbortSignal, lost: AbortSignal): Promise<void> {
  const { client, clock, random, logger, metrics, leader, events } = options;
  const informers = new Map(options.informers.map((informer) => [typeId(informer.type), informer]));
  const record = events.record.bind(events);
  const dependencies = { client, informers, leadership: leader, clock, random, logger, metrics, record };
  const controllers = options.controllers.map((definition) => new Controller(definition, dependencies));
  const drained = new AbortController();
  const graceOver = new AbortController();
  const grace = graceAfter(options, stop, drained.signal, graceOver);
  const abandon = eitherAborts(lost, graceOver.signal);
  logger.info(
    { controllers: controllers.map((controller) => controller.name) },
    'leading: controllers start',
  );
  try {
    await Promise.all(controllers.map((controller) => controller.run(stop, abandon)));
  } finally {
    drained.abort();
    await grace;
  }
}

/** Aborts `graceOver` once the grace that begins with `stop` has passed, unless all is drained before. */
async function graceAfter(
  options: ManagerOptions,
  stop: AbortSignal,
  drained: AbortSignal,
  graceOver: AbortController,
): Promise<void> {
  await aborted(eitherAborts(stop, drained));
  const graceMilliseconds = (options.graceSeconds ?? 30) * 1000;
  try {
    await options.clock.sleep(graceMilliseconds, drained);
  } catch {
    return;
  }
  options.logger.warn({ graceMilliseconds }, 'passes did not end in time and are given up');
  graceOver.abort();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
    if (signal.aborted) resolve();
  });
}

function eitherAborts(a: AbortSignal, b: AbortSignal): AbortSignal {
  return AbortSignal.any([a, b]);
}
