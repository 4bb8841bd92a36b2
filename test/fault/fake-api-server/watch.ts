import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../src/base/clock.ts';
import type { Fault } from './faults.ts';
import type { Selector } from './selectors.ts';
import { StatusError } from './status.ts';
import type { Change, Store, Stored } from './store.ts';

const bookmarkMilliseconds = 60_000;
const defaultTimeoutSeconds = 1800;

/** One open watch, as a test may disturb it. */
export interface OpenWatch {
  readonly resource: string;
  readonly path: string;
  readonly userAgent: string;
  /** `end`: a clean end of the answer; `reset`: RST. */
  cut(how: 'end' | 'reset'): void;
  /** Nothing is sent any more; the socket stays open. */
  freeze(): void;
  bookmark(): void;
  /** Sends text as it stands, a line end included or not. */
  inject(text: string): void;
}

interface WatchRequest {
  readonly resource: string;
  readonly path: string;
  readonly userAgent: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly query: URLSearchParams;
  readonly selector: Selector;
  readonly fault: Fault | undefined;
  /** Revision that a stale server would show. */
  readonly horizon: number;
}

/** Serves one watch until its time is over or a side ends it. `done` is called once. */
export function serveWatch(
  store: Store,
  clock: Clock,
  request: WatchRequest,
  response: ServerResponse,
  done: () => void,
): OpenWatch {
  const { query, selector, fault, horizon } = request;
  const asked = query.get('resourceVersion') ?? '';
  const initial = asked === '' || asked === '0' || query.get('sendInitialEvents') === 'true';
  const from = initial ? Math.min(store.revision, horizon) : Number(asked);
  if (!initial && from > store.revision) {
    throw new StatusError(
      504,
      'Timeout',
      `Too large resource version: ${asked}, current: ${store.revision}`,
      {
        retryAfterSeconds: 1,
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      },
    );
  }
  const scope = new AbortController();
  let frozen = false;
  let events = 0;
  let sentBytes = 0;

  function end(how: 'end' | 'reset'): void {
    if (scope.signal.aborted) return;
    scope.abort(new Error('watch ended'));
    unlisten();
    if (how === 'reset') response.socket?.resetAndDestroy();
    else response.end();
    done();
  }
  function write(text: string): void {
    if (frozen || scope.signal.aborted) return;
    if (fault?.do === 'truncate' && sentBytes + text.length > fault.bytes) {
      response.write(text.slice(0, fault.bytes - sentBytes), () => end('reset'));
      frozen = true;
      return;
    }
    sentBytes += text.length;
    response.write(text);
  }
  function send(type: string, object: object): void {
    if (fault?.do === 'half-open' && events >= (fault.afterEvents ?? 0)) frozen = true;
    const line = `${JSON.stringify({ type, object })}\n`;
    const garbled = fault?.do === 'garble' && (fault.event ?? 0) === events;
    events += 1;
    write(garbled ? `${line.slice(0, line.length >> 1)}\u0001garbage\n` : line);
    if (fault?.do === 'duplicate') write(line);
  }
  function bookmark(annotations: Record<string, string> = {}, revision = currentRevision()): void {
    const { apiVersion, kind } = request;
    const metadata = { resourceVersion: String(revision), creationTimestamp: null, annotations };
    send('BOOKMARK', { apiVersion, kind, metadata });
  }
  function currentRevision(): number {
    return Math.min(store.revision, horizon);
  }
  function pass(change: Change): void {
    if (change.resource !== request.resource || change.revision <= from || change.revision > horizon) return;
    const is = change.type !== 'DELETED' && selector(change.object);
    const was = change.previous !== undefined && selector(change.previous);
    if (is) send(was ? 'MODIFIED' : 'ADDED', change.object);
    else if (was) send('DELETED', deletedState(change));
  }
  const missed = initial ? [] : store.changes.filter((change) => change.revision > from);
  const present = initial ? store.listAt(request.resource, from).filter(selector) : [];
  const unlisten = store.listen(pass);

  response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
  response.flushHeaders();
  response.on('close', () => end('end'));
  const handle: OpenWatch = {
    resource: request.resource,
    path: request.path,
    userAgent: request.userAgent,
    cut: end,
    freeze: () => {
      frozen = true;
    },
    bookmark: () => bookmark(),
    inject: write,
  };
  if (fault?.do === 'half-open' && (fault.afterEvents ?? 0) === 0) frozen = true;
  if (!initial && from < store.oldestWatchable) {
    const message = `too old resource version: ${asked} (${store.oldestWatchable})`;
    send('ERROR', new StatusError(410, 'Expired', message).toObject());
    queueMicrotask(() => end('end'));
    return handle;
  }
  for (const object of present) send('ADDED', object);
  if (query.get('sendInitialEvents') === 'true') bookmark({ 'k8s.io/initial-events-end': 'true' }, from);
  for (const change of missed) pass(change);

  const seconds = Number(query.get('timeoutSeconds') ?? defaultTimeoutSeconds);
  clock.sleep(seconds * 1000, scope.signal).then(
    () => end('end'),
    () => undefined,
  );
  if (query.get('allowWatchBookmarks') === 'true') void bookmarks();
  return handle;

  async function bookmarks(): Promise<void> {
    try {
      for (;;) {
        await clock.sleep(bookmarkMilliseconds, scope.signal);
        bookmark();
      }
    } catch {
      // the watch is over
    }
  }
}

/** An object that left the selector goes as it was, under the revision of the change. */
function deletedState(change: Change): Stored {
  const base = change.previous ?? change.object;
  return { ...base, metadata: { ...base.metadata, resourceVersion: String(change.revision) } };
}
