import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { systemClock } from '../../../src/base/clock.ts';
import type { Clock } from '../../../src/base/clock.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../../src/base/resource.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { Connection, ConnectionSource } from '../../../src/kube/connection.ts';
import { createKubeClient } from '../../../src/kube/http-client.ts';
import { createTransport } from '../../../src/kube/transport.ts';
import type { Transport, TransportOptions } from '../../../src/kube/transport.ts';
import { createFaults } from './faults.ts';
import type { Faults } from './faults.ts';
import { createGarbageCollector } from './garbage-collector.ts';
import type { GarbageCollector } from './garbage-collector.ts';
import { createHandler } from './handler.ts';
import { createJobWorld } from './job-world.ts';
import type { JobWorld } from './job-world.ts';
import { resourceOf, standardKinds } from './kinds.ts';
import type { Kind } from './kinds.ts';
import { createLister } from './list.ts';
import { createRegistry, keyOf } from './registry.ts';
import { createRequestLog } from './request-log.ts';
import type { RequestLog } from './request-log.ts';
import { createStore } from './store.ts';
import type { Store } from './store.ts';
import type { OpenWatch } from './watch.ts';

export interface FakeApiServerOptions {
  /** Default: real time. */
  readonly clock?: Clock;
  /** Beside, or instead of (same group and plural), the standard ones. */
  readonly kinds?: readonly Kind[];
}

export interface FakeApiServer {
  readonly url: string;
  readonly source: ConnectionSource;
  /** A client of its own, `User-Agent: test`, not rate limited. */
  readonly client: KubeClient;
  readonly transport: Transport;
  /** Another client, e.g. one per simulated operator: the log tells them apart by User-Agent. */
  connect(
    userAgent: string,
    options?: Partial<TransportOptions>,
  ): { client: KubeClient; transport: Transport };
  readonly clock: Clock;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly store: Store;
  readonly jobs: JobWorld;
  readonly garbageCollector: GarbageCollector;
  /** Watches that are open now. */
  readonly watches: ReadonlySet<OpenWatch>;
  /** Sockets that are open now. */
  readonly sockets: ReadonlySet<Socket>;
  /** Bearer tokens that are let in; undefined lets everybody in. */
  tokens: ReadonlySet<string> | undefined;
  expireContinueTokens(): void;
  /** Without `sendInitialEvents`, as servers before 1.34 or with the feature off. */
  watchListEnabled: boolean;

  // What somebody else does to the cluster, past the wire, faults and log:
  seed<T extends KubeObject>(type: ResourceType<T>, object: object): T;
  read<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): T | undefined;
  list<T extends KubeObject>(type: ResourceType<T>): readonly T[];
  /** Merge patch of the main resource or of its status. */
  patch<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: object,
    subresource?: 'status',
  ): T;
  remove(type: ResourceType, key: ObjectKey): void;

  close(): Promise<void>;
}

/** A connection that never changes. */
export function fixedConnection(connection: Connection): ConnectionSource {
  return { load: () => Promise.resolve(connection) };
}

/** Starts an API server on a free port of 127.0.0.1. */
export async function startFakeApiServer(options: FakeApiServerOptions = {}): Promise<FakeApiServer> {
  const clock = options.clock ?? systemClock;
  const kinds = new Map<string, Kind>();
  for (const kind of [...standardKinds, ...(options.kinds ?? [])]) kinds.set(resourceOf(kind.type), kind);
  const kindOf = (resource: string): Kind | undefined => kinds.get(resource);
  const closed = new AbortController();
  const store = createStore(clock);
  const registry = createRegistry(store, clock);
  const garbageCollector = createGarbageCollector(store, registry, kindOf);
  const jobs = createJobWorld({ store, registry, clock, kindOf }, closed.signal);
  const faults = createFaults();
  const log = createRequestLog(store);
  const lister = createLister(store);
  const watches = new Set<OpenWatch>();
  const access = { tokens: undefined as ReadonlySet<string> | undefined, watchListEnabled: true };
  const handle = createHandler({ store, registry, lister, faults, log, clock, kindOf, watches, access });
  const { server, sockets } = await listen(handle);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const source = fixedConnection({ server: url, tls: {} });
  const transports: Transport[] = [];

  function connect(
    userAgent: string,
    more: Partial<TransportOptions> = {},
  ): { client: KubeClient; transport: Transport } {
    const rateLimit = { queriesPerSecond: 10_000, burst: 10_000 };
    const transport = createTransport({ source, clock, random: Math.random, rateLimit, ...more, userAgent });
    transports.push(transport);
    return { client: createKubeClient(transport), transport };
  }
  function kindFor(type: ResourceType): Kind {
    const kind = kindOf(resourceOf(type));
    if (kind === undefined) throw new Error(`the fake API server does not know ${resourceOf(type)}`);
    return kind;
  }
  const own = connect('test');
  const manager = 'somebody';
  const at = (key: ObjectKey): string => keyOf(key.namespace, key.name);
  return {
    url,
    source,
    ...own,
    connect,
    clock,
    faults,
    log,
    store,
    jobs,
    garbageCollector,
    watches,
    sockets,
    get tokens() {
      return access.tokens;
    },
    set tokens(value) {
      access.tokens = value;
    },
    get watchListEnabled() {
      return access.watchListEnabled;
    },
    set watchListEnabled(value) {
      access.watchListEnabled = value;
    },
    expireContinueTokens: () => lister.expireTokens(),
    seed<T extends KubeObject>(type: ResourceType<T>, object: object): T {
      const { metadata, status } = object as { metadata: { namespace?: string }; status?: object };
      const created = registry.create(kindFor(type), metadata.namespace ?? '', object, { manager });
      if (status === undefined || !kindFor(type).statusSubresource) return created as unknown as T;
      const key = keyOf(created.metadata.namespace, created.metadata.name);
      return registry.mergePatch(
        kindFor(type),
        key,
        { status },
        { manager, subresource: 'status' },
      ) as unknown as T;
    },
    read: <T extends KubeObject>(type: ResourceType<T>, key: ObjectKey) =>
      store.get(resourceOf(type), at(key)) as unknown as T | undefined,
    list: <T extends KubeObject>(type: ResourceType<T>) =>
      store.list(resourceOf(type)) as unknown as readonly T[],
    patch<T extends KubeObject>(
      type: ResourceType<T>,
      key: ObjectKey,
      patch: object,
      subresource?: 'status',
    ): T {
      const context = { manager, ...(subresource === undefined ? {} : { subresource }) };
      return registry.mergePatch(kindFor(type), at(key), patch, context) as unknown as T;
    },
    remove(type, key) {
      registry.delete(kindFor(type), at(key), {});
    },
    async close() {
      closed.abort(new Error('server closed'));
      faults.clear();
      for (const watch of watches) watch.cut('end');
      await Promise.all(transports.map((transport) => transport.close()));
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<{ server: Server; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.destroy(error as Error);
    });
  });
  server.keepAliveTimeout = 0;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { server, sockets };
}
