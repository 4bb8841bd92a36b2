import { randomUUID } from 'node:crypto';
import type { Random } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { CallOptions, KubeClient } from '../kube/client.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../kube/errors.ts';
import { compareResourceVersions } from '../kube/resource-version.ts';
import { leaseType } from '../kube/types.ts';
import type { Lease } from '../kube/types.ts';
import type { LeaderElector } from './leadership.ts';
import { heldLease, leaseTiming, LeaseWatch, releasedLease } from './lease-record.ts';
import type { RuntimeMetrics } from './metrics.ts';

export type { LeaderElector } from './leadership.ts';

export interface LeaderOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Name of the Lease, and of the leader in metrics. */
  readonly name: string;
  /** See `leaderIdentity`. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Pick<RuntimeMetrics, 'leading' | 'leaderSlowPath'>;
}

/** `host_uuid`: unique per start, so that a restarted process never takes its predecessor's lease for its own. */
export function leaderIdentity(hostname: string): string {
  return `${hostname}_${randomUUID()}`;
}

/** A write must be over before another can lead: none is begun in the last two seconds of the lease. */
const fenceMilliseconds = 2_000;
/** A renewal without an answer for so long gets a second one beside it, on another connection. */
const hedgeMilliseconds = 5_000;
/** Spreads the candidates; small, so that a released lease is taken within 3 s. */
const retryJitter = 0.2;
const releaseMilliseconds = 5_000;
const releaseTryMilliseconds = 2_000;
const releasePauseMilliseconds = 200;

type Renewal = 'kept' | 'lost' | 'failed';

export function createLeaderElector(options: LeaderOptions): LeaderElector {
  return new LeaseElector(options);
}

class LeaseElector implements LeaderElector {
  readonly identity: string;
  readonly #options: LeaderOptions;
  readonly #watch = new LeaseWatch();
  /** The lease as last written by this process. */
  #held: Lease | undefined;
  #leading = false;
  /** Monotonic ms; counted from before the renewal was sent, since the server may have applied it at once. */
  #validUntil = Number.NEGATIVE_INFINITY;

  constructor(options: LeaderOptions) {
    this.#options = options;
    this.identity = options.identity;
  }

  get epoch(): number {
    return this.#leading ? (this.#held?.spec?.leaseTransitions ?? 0) : 0;
  }

  isLeader(): boolean {
    return this.#leading;
  }

  mayWrite(): boolean {
    return this.writableMilliseconds() > 0;
  }

  writableMilliseconds(): number {
    if (!this.#leading) return 0;
    return Math.max(0, this.#validUntil - fenceMilliseconds - this.#options.clock.monotonic());
  }

  async run(lead: (lost: AbortSignal) => Promise<void>, stop: AbortSignal): Promise<'stopped' | 'lost'> {
    const { logger, name } = this.#options;
    this.#options.metrics.leading(name, false);
    if (!(await this.#acquire(stop))) return 'stopped';
    logger.info({ lease: name, identity: this.identity, epoch: this.epoch }, 'became leader');
    const lost = new AbortController();
    const over = new AbortController();
    const keeping = this.#keep(over.signal).then((end) => {
      if (end === 'lost') lost.abort(new Error('the lease was lost'));
      return end;
    });
    try {
      await lead(lost.signal);
    } finally {
      over.abort();
      const end = await keeping;
      this.#step(false);
      if (end === 'kept') await this.#release();
      else logger.error({ lease: name }, 'lost the lease');
    }
    return lost.signal.aborted ? 'lost' : 'stopped';
  }

  #step(leading: boolean): void {
    this.#leading = leading;
    this.#options.metrics.leading(this.#options.name, leading);
  }

  #took(written: Lease, sentAt: number): void {
    const held = this.#held?.metadata.resourceVersion;
    // A renewal that was overtaken by the one sent beside it must not bring its older version back.
    if (held === undefined || compareResourceVersions(written.metadata.resourceVersion ?? '', held) >= 0) {
      this.#held = written;
    }
    this.#validUntil = Math.max(this.#validUntil, sentAt + leaseTiming.durationMilliseconds);
  }

  /** False when stopped before the lease was had. */
  async #acquire(stop: AbortSignal): Promise<boolean> {
    const { clock, random } = this.#options;
    while (!stop.aborted) {
      if (await this.#tryToTake(stop)) {
        this.#step(true);
        return true;
      }
      const wait = leaseTiming.retryMilliseconds * (1 + retryJitter * random());
      await clock.sleep(wait, stop).catch(() => undefined);
    }
    return false;
  }

  /** One try to take a free lease. Failures are logged and answered with false: the next try comes soon. */
  async #tryToTake(stop: AbortSignal): Promise<boolean> {
    const { client, clock, logger, name } = this.#options;
    const options = this.#call(leaseTiming.renewMilliseconds);
    try {
      const current = await client.get(leaseType, this.#key, { ...options, signal: stop });
      if (current !== undefined && current.spec?.holderIdentity !== this.identity) {
        const now = clock.monotonic();
        if (now < this.#watch.observe(current, now)) return false;
      }
      const sentAt = clock.monotonic();
      // Not cut short by `stop`: a lease taken without knowing it would be held, unreleased, for its whole duration.
      this.#took(await this.#write(current, options), sentAt);
      return true;
    } catch (error) {
      if (!isConflict(error) && !isAlreadyExists(error) && !stop.aborted) {
        logger.warn({ err: error, lease: name }, 'could not take the lease');
      }
      return false;
    }
  }

  #write(current: Lease | undefined, options: CallOptions): Promise<Lease> {
    const { client, clock } = this.#options;
    const lease = heldLease(current, { ...this.#key }, this.identity, clock.now());
    return current === undefined
      ? client.create(leaseType, lease, options)
      : client.replace(leaseType, lease, {}, options);
  }

  /** Renews until `over` aborts (`kept`) or the lease cannot be kept (`lost`). */
  async #keep(over: AbortSignal): Promise<'kept' | 'lost'> {
    while (!over.aborted) {
      await this.#options.clock.sleep(leaseTiming.retryMilliseconds, over).catch(() => undefined);
      if (over.aborted) return 'kept';
      const renewal = await this.#renewWithin(leaseTiming.renewMilliseconds);
      if (renewal !== 'kept') {
        this.#step(false);
        return 'lost';
      }
    }
    return 'kept';
  }

  async #renewWithin(milliseconds: number): Promise<Renewal> {
    const { clock } = this.#options;
    const deadline = clock.monotonic() + milliseconds;
    for (;;) {
      const left = deadline - clock.monotonic();
      if (left <= 0) return 'failed';
      const renewal = await this.#renewHedged(left);
      if (renewal !== 'failed') return renewal;
      await clock.sleep(Math.min(leaseTiming.retryMilliseconds, Math.max(0, deadline - clock.monotonic())));
    }
  }

  /** A connection may be dead without anybody knowing; one renewal stuck in it must not cost the lease. */
  async #renewHedged(left: number): Promise<Renewal> {
    const first = this.#renewOnce(left);
    if (left <= hedgeMilliseconds) return first;
    const answered = new AbortController();
    const patience = this.#options.clock.sleep(hedgeMilliseconds, answered.signal).then(
      () => 'silent' as const,
      () => 'silent' as const,
    );
    const early = await Promise.race([first, patience]);
    answered.abort();
    if (early !== 'silent') return early;
    return firstDecisive(first, this.#renewOnce(left - hedgeMilliseconds));
  }

  async #renewOnce(timeoutMilliseconds: number): Promise<Renewal> {
    const { client, clock, logger, metrics, name } = this.#options;
    const options = this.#call(timeoutMilliseconds);
    try {
      const sentAt = clock.monotonic();
      this.#took(await this.#write(this.#held, options), sentAt);
      return 'kept';
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) {
        logger.warn({ err: error, lease: name }, 'could not renew the lease');
        return 'failed';
      }
    }
    metrics.leaderSlowPath(name);
    try {
      const current = await client.get(leaseType, this.#key, options);
      if (current !== undefined && current.spec?.holderIdentity !== this.identity) return 'lost';
      const sentAt = clock.monotonic();
      this.#took(await this.#write(current, options), sentAt);
      return 'kept';
    } catch (error) {
      logger.warn({ err: error, lease: name }, 'could not renew the lease');
      return 'failed';
    }
  }

  /** Leaves the lease free. Best effort, within seconds: unreleased it runs out by itself. */
  async #release(): Promise<void> {
    const { client, clock, logger, name } = this.#options;
    const deadline = clock.monotonic() + releaseMilliseconds;
    while (this.#held !== undefined && clock.monotonic() < deadline) {
      const options = this.#call(Math.min(releaseTryMilliseconds, deadline - clock.monotonic()));
      try {
        await client.replace(leaseType, releasedLease(this.#held, clock.now()), {}, options);
        logger.info({ lease: name }, 'released the lease');
        return;
      } catch (error) {
        logger.warn({ err: error, lease: name }, 'could not release the lease');
      }
      await clock.sleep(releasePauseMilliseconds);
      const current = await client.get(leaseType, this.#key, options).catch(() => this.#held);
      this.#held = current?.spec?.holderIdentity === this.identity ? current : undefined;
    }
  }

  get #key(): { readonly namespace: string; readonly name: string } {
    return { namespace: this.#options.namespace, name: this.#options.name };
  }

  #call(timeoutMilliseconds: number): CallOptions {
    return { timeoutMilliseconds, lane: 'lease' };
  }
}

/** The first outcome that says something; `failed` only when both failed. */
async function firstDecisive(a: Promise<Renewal>, b: Promise<Renewal>): Promise<Renewal> {
  const first = await Promise.race([a, b]);
  if (first !== 'failed') return first;
  const outcomes = await Promise.all([a, b]);
  return outcomes.find((outcome) => outcome !== 'failed') ?? 'failed';
}
