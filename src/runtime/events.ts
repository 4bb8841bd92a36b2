import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { KubeObject } from '../base/resource.ts';
import type { KubeClient } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import { eventType } from '../kube/types.ts';
import type { EventNote } from './decision.ts';
import { keyOf } from './key.ts';
import { microTime } from './lease-record.ts';
import { Fenced } from './leadership.ts';
import type { Leadership } from './leadership.ts';
import type { RuntimeMetrics } from './metrics.ts';

/** Takes Events; writing them happens in the background and never fails a pass. */
export interface EventSink<Reason extends string = string> {
  record(regarding: KubeObject, note: EventNote<Reason>): void;
  /** Writes what was recorded until the signal aborts, then what is left, and resolves. */
  run(signal: AbortSignal): Promise<void>;
}

export interface EventOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<RuntimeMetrics, 'eventDropped'>;
  readonly leadership: Leadership;
  /** `reportingController`, e.g. `pgcairn.dev/operator`, and `reportingInstance`, the leader's identity. */
  readonly controller: string;
  readonly instance: string;
}

/** Repeats within this time of the last one are counted in one Event instead of making new ones. */
const seriesMilliseconds = 600_000;
/** Per object, as client-go's spam filter: 25 at once, then one in five minutes. */
const bucket = { size: 25, refillMilliseconds: 300_000 } as const;
const queueLimit = 1_000;
const knownLimit = 4_096;
/** In bytes; the API server refuses more than 1,024. */
const noteLimit = 1_000;
const finalWriteMilliseconds = 2_000;

interface Series {
  readonly regarding: KubeObject;
  readonly note: EventNote;
  readonly firstTime: Date;
  name: string | undefined;
  count: number;
  lastTime: Date;
  lastMonotonic: number;
  queued: boolean;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Writes events.k8s.io/v1 Events, one at a time. */
export class EventRecorder<Reason extends string = string> implements EventSink<Reason> {
  readonly #options: EventOptions;
  readonly #series = new Map<string, Series>();
  readonly #buckets = new Map<string, Bucket>();
  readonly #queue: Series[] = [];
  #wake: () => void = () => undefined;

  constructor(options: EventOptions) {
    this.#options = options;
  }

  record(regarding: KubeObject, note: EventNote<Reason>): void {
    const id = seriesId(regarding, note);
    const now = this.#options.clock.monotonic();
    const known = this.#series.get(id);
    const isRepeat = known !== undefined && now - known.lastMonotonic <= seriesMilliseconds;
    const series = isRepeat ? known : this.#newSeries(regarding, note);
    series.count += 1;
    series.lastTime = this.#options.clock.now();
    series.lastMonotonic = now;
    // Deleted first, so that the map stays in the order of last use.
    this.#series.delete(id);
    this.#series.set(id, series);
    this.#forgetOldest();
    if (series.queued) return;
    if (this.#queue.length >= queueLimit || !this.#mayWriteFor(regarding, now)) {
      this.#options.metrics.eventDropped();
      return;
    }
    series.queued = true;
    this.#queue.push(series);
    this.#wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const series = this.#queue.shift();
      if (series === undefined) await this.#untilRecorded(signal);
      else await this.#write(series);
    }
    const until = this.#options.clock.monotonic() + finalWriteMilliseconds;
    while (this.#queue.length > 0 && this.#options.clock.monotonic() < until) {
      const series = this.#queue.shift();
      if (series !== undefined) await this.#write(series, finalWriteMilliseconds);
    }
  }

  #newSeries(regarding: KubeObject, note: EventNote): Series {
    const now = this.#options.clock.now();
    const count = 0;
    return {
      regarding,
      note,
      firstTime: now,
      name: undefined,
      count,
      lastTime: now,
      lastMonotonic: 0,
      queued: false,
    };
  }

  #forgetOldest(): void {
    for (const map of [this.#series, this.#buckets]) {
      const oldest = map.size > knownLimit ? map.keys().next().value : undefined;
      if (oldest !== undefined) map.delete(oldest);
    }
  }

  /** Takes a token of the object's bucket; false when it is empty. */
  #mayWriteFor(regarding: KubeObject, now: number): boolean {
    const id = regarding.metadata.uid ?? regarding.metadata.name;
    const before = this.#buckets.get(id) ?? { tokens: bucket.size, filledAt: now };
    const refill = Math.floor((now - before.filledAt) / bucket.refillMilliseconds);
    const tokens = Math.min(bucket.size, before.tokens + refill);
    const filledAt = before.filledAt + refill * bucket.refillMilliseconds;
    this.#buckets.set(id, { tokens: Math.max(0, tokens - 1), filledAt });
    return tokens > 0;
  }

  #untilRecorded(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#wake = () => undefined;
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  async #write(series: Series, timeoutMilliseconds = Number.POSITIVE_INFINITY): Promise<void> {
    const { client, leadership, logger, metrics } = this.#options;
    series.queued = false;
    const key = { namespace: eventNamespace(series.regarding), name: series.name ?? '' };
    try {
      const writable = leadership.writableMilliseconds();
      if (writable <= 0) throw new Fenced('this process can no longer be sure to be the leader');
      const options = { timeoutMilliseconds: Math.min(writable, timeoutMilliseconds) };
      if (series.name !== undefined) {
        const patch = { series: { count: series.count, lastObservedTime: microTime(series.lastTime) } };
        await client.mergePatch(eventType, key, patch, {}, options);
        return;
      }
      const event = this.#event(series);
      series.name = event.metadata.name;
      await client.create(eventType, event, options);
    } catch (error) {
      // An Event lives for an hour by default; the next repeat starts a new one.
      series.name = undefined;
      if (isNotFound(error) && key.name !== '') return await this.#write(series, timeoutMilliseconds);
      metrics.eventDropped();
      logger.warn({ err: error, reason: series.note.reason }, 'could not write an Event');
    }
  }

  #event(series: Series): KubeObject & Readonly<Record<string, unknown>> {
    const { regarding, note } = series;
    const { name, uid, resourceVersion } = regarding.metadata;
    const namespace = eventNamespace(regarding);
    const count = series.count;
    const repeats = count > 1 && { series: { count, lastObservedTime: microTime(series.lastTime) } };
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { namespace, name: eventName(name) },
      eventTime: microTime(series.firstTime),
      reportingController: this.#options.controller,
      reportingInstance: this.#options.instance.slice(0, 128),
      action: note.action,
      reason: note.reason,
      type: note.type,
      note: cutToBytes(note.note, noteLimit),
      regarding: {
        apiVersion: regarding.apiVersion,
        kind: regarding.kind,
        ...keyOf(regarding.metadata),
        uid,
        resourceVersion,
      },
      ...repeats,
    };
  }
}

/** Events of cluster-scoped objects live in `default`, as kubectl expects. */
function eventNamespace(regarding: KubeObject): string {
  return regarding.metadata.namespace ?? 'default';
}

function eventName(regarding: string): string {
  const stem = regarding.slice(0, 230).replace(/[^a-z0-9]+$/, '');
  return `${stem}.${randomBytes(8).toString('hex')}`;
}

function cutToBytes(text: string, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read);
}

function seriesId(regarding: KubeObject, note: EventNote): string {
  const parts = [
    regarding.metadata.uid ?? regarding.metadata.name,
    note.type,
    note.reason,
    note.action,
    note.note,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
