import type { Random } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { KubeObject, ResourceType } from '../base/resource.ts';
import type { ObjectCache } from './cache.ts';
import { listPages } from './list-pages.ts';
import { isStreamedListRefusal } from './recovery.ts';
import type { Recovery } from './recovery.ts';
import { createSession } from './reflector-session.ts';
import type { Session } from './reflector-session.ts';
import { collectionPath, withQuery } from './resource-path.ts';
import type { Transport } from './transport.ts';
import { followWatch } from './watch-stream.ts';
import { withWatchdog } from './watchdog.ts';

/**
 * A quiet watch gets a bookmark each minute (measured with 1.35). The first one after a streamed list may take two
 * minutes: then the new watch is a probe, costs one request, and keeps the age of the last contact true.
 */
const inactivityMilliseconds = 75_000;
/** 500 objects are parsed in 4 to 8 ms. */
const pageSize = 500;

export interface ReflectorOptions<T extends KubeObject> {
  readonly transport: Pick<Transport, 'send' | 'stream'>;
  readonly type: ResourceType<T>;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly cache: ObjectCache<T>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Counted since the start; each is a line of a metric. */
export interface ReflectorCounters {
  /** Whole collections read, the first one included. */
  readonly lists: number;
  /** Watches opened. */
  readonly watches: number;
  readonly failures: number;
  /** Connections given up because nothing came. */
  readonly silences: number;
  readonly garbled: number;
  readonly duplicates: number;
  /** Times that the server showed an older state than before. */
  readonly regressions: number;
}

type WatchQuery = Readonly<Record<string, string | boolean>>;

/** What a connection reports while it lives. */
export interface ConnectionState {
  readonly recovery: Recovery;
  readonly counters: { -readonly [name in keyof ReflectorCounters]: number };
  /** The server said something. */
  readonly contact: () => void;
}

/**
 * One connection: brings the cache to the server's state (by a streamed list where the server can, else in pages)
 * if the position is lost, then follows the changes until the connection ends.
 */
export function createListAndWatch<T extends KubeObject>(
  options: ReflectorOptions<T>,
  state: ConnectionState,
): (signal: AbortSignal) => Promise<void> {
  const { clock, transport } = options;
  const { recovery, counters, contact } = state;
  let streamedLists = true;

  async function watch(query: WatchQuery, session: Session, signal: AbortSignal): Promise<void> {
    counters.watches += 1;
    await withWatchdog(
      { clock, milliseconds: inactivityMilliseconds, caller: signal },
      async (scope, alive) => {
        const onBytes = (): void => {
          contact();
          alive();
        };
        const stream = await transport.stream(watchPath(options, query), scope);
        onBytes();
        await followWatch(stream, { clock, onBytes, onEvent: (event) => session.take(event) });
      },
    );
  }
  async function listByStream(signal: AbortSignal): Promise<void> {
    const session = startSession(options, state, 'initial events');
    try {
      await watch({ sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }, session, signal);
    } catch (error) {
      if (session.listed || !isStreamedListRefusal(error)) throw error;
      streamedLists = false;
      options.logger.info({ error }, 'the server does not stream lists: falling back to pages');
    }
  }
  async function listByPages(signal: AbortSignal): Promise<void> {
    const session = startSession(options, state, 'initial events');
    await listPages({ ...options, pageSize }, { signal, session, onPage: contact });
  }
  return async (signal) => {
    if (recovery.position === undefined && streamedLists) {
      await listByStream(signal);
      return;
    }
    if (recovery.position === undefined) await listByPages(signal);
    const { position } = recovery;
    if (position === undefined) return;
    await watch({ resourceVersion: position }, startSession(options, state, 'changes'), signal);
  };
}

function startSession<T extends KubeObject>(
  options: ReflectorOptions<T>,
  { recovery, counters }: ConnectionState,
  startsWith: 'initial events' | 'changes',
): Session {
  return createSession(options.cache, {
    startsWith,
    believeRegression: recovery.believesRegression,
    onPosition: (resourceVersion) => recovery.moved(resourceVersion),
    onListed() {
      counters.lists += 1;
      recovery.listed();
    },
    onDuplicate() {
      counters.duplicates += 1;
    },
  });
}

function watchPath<T extends KubeObject>(options: ReflectorOptions<T>, query: WatchQuery): string {
  return withQuery(collectionPath(options.type, options.namespace), {
    labelSelector: options.labelSelector,
    watch: true,
    allowWatchBookmarks: true,
    // Spread over 5 to 10 minutes, so that the watches of many reflectors do not end together.
    timeoutSeconds: Math.floor(300 + 300 * options.random()),
    ...query,
  });
}
