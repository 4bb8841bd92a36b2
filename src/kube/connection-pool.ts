import { Agent } from 'undici';
import type { Clock } from '../base/clock.ts';
import type { Connection, ConnectionSource, TlsMaterial } from './connection.ts';

/** Which sockets a call uses, so that no kind of traffic can starve another. */
export type Lane = 'shared' | 'lease' | 'watch';

/** Tokens bound to pods are renewed by the kubelet long before they end: reading them once a minute is enough. */
const reloadMilliseconds = 60_000;
/** Below the API server's own idle timeout (90 s), so that it never closes a socket that is about to be used. */
const keepAliveMilliseconds = 30_000;
const apiSockets = 16;
const leaseSockets = 2;

/** A connection with its sockets. */
export interface Live {
  readonly connection: Connection;
  readonly agents: Readonly<Record<Lane, Agent>>;
}

/** Holds the newest connection; reads its source again every 60 s and on demand. */
export interface ConnectionPool {
  current(): Promise<Live>;
  /** Reads the source now. True when what it says differs from `used`, so that another try may succeed. */
  refresh(used: Live): Promise<boolean>;
  close(): Promise<void>;
}

export function createConnectionPool(source: ConnectionSource, clock: Clock): ConnectionPool {
  let live: Live | undefined;
  let loadedAt = Number.NEGATIVE_INFINITY;
  let loading: Promise<Live> | undefined;

  async function load(): Promise<Live> {
    const connection = await source.load();
    loadedAt = clock.monotonic();
    if (live === undefined) {
      live = { connection, agents: createAgents(connection.tls) };
    } else if (!same(live.connection, connection)) {
      const keep = same(live.connection.tls, connection.tls) && live.connection.server === connection.server;
      const old = live;
      live = { connection, agents: keep ? old.agents : createAgents(connection.tls) };
      // Ends when the last call on the old sockets ends; running watches go on until the server's timeout.
      if (!keep) void closeAgents(old);
    }
    return live;
  }
  /** All who ask at the same time share one reading. */
  function reload(): Promise<Live> {
    loading ??= load().finally(() => {
      loading = undefined;
    });
    return loading;
  }
  return {
    async current() {
      if (live !== undefined && clock.monotonic() - loadedAt < reloadMilliseconds) return live;
      const last = live;
      // A file that is being replaced may be unreadable for a moment: the last good state serves on.
      return last === undefined ? reload() : reload().catch(() => last);
    },
    async refresh(used) {
      if (live !== undefined && !same(live.connection, used.connection)) return true;
      const fresh = await reload().catch(() => used);
      return !same(fresh.connection, used.connection);
    },
    async close() {
      if (live !== undefined) {
        await Promise.allSettled(Object.values(live.agents).map((agent) => agent.destroy()));
      }
    },
  };
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function closeAgents(old: Live): Promise<unknown> {
  return Promise.allSettled(Object.values(old.agents).map((agent) => agent.close()));
}

/** Deadlines are ours, per call: undici's own timers are off. HTTP/1.1 only: a watch must not share a socket. */
function createAgents(tls: TlsMaterial): Record<Lane, Agent> {
  const connect = {
    timeout: 10_000,
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls.insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
  };
  const agent = (connections: number | null): Agent =>
    new Agent({
      allowH2: false,
      connections,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: keepAliveMilliseconds,
      keepAliveMaxTimeout: keepAliveMilliseconds,
      connect,
    });
  return { shared: agent(apiSockets), lease: agent(leaseSockets), watch: agent(null) };
}
