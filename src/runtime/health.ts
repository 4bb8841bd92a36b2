import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Informer } from './informer.ts';
import type { RuntimeMetrics } from './metrics.ts';

export interface HealthOptions {
  readonly informers: readonly Pick<Informer, 'type' | 'synced' | 'contactAgeMilliseconds'>[];
  readonly metrics: Pick<RuntimeMetrics, 'render'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly host: string;
  /** Ports of the probes (/healthz, /readyz) and of /metrics; 0 takes any free one, equal ones share a server. */
  readonly probePort: number;
  readonly metricsPort: number;
}

export interface HealthServer {
  /** The ports in use. */
  readonly probePort: number;
  readonly metricsPort: number;
  close(): Promise<void>;
}

/** The event loop may lag so long before the process counts as dead. */
const lagLimitMilliseconds = 5_000;
/** Longer without a word from the API server, and what the caches say may be out of date. */
const contactLimitMilliseconds = 90_000;
const beatMilliseconds = 500;

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

type Route = () => Answer | Promise<Answer>;

/** Serves /healthz, /readyz and /metrics. Readiness says nothing about being leader: a standby is ready too. */
export async function startHealthServer(options: HealthOptions): Promise<HealthServer> {
  const { clock, metrics, informers, logger, host } = options;
  const closing = new AbortController();
  const loop = new LoopWatch(clock);
  const beating = loop.run(closing.signal);
  const probes: Record<string, Route> = {
    '/healthz': () => verdict(loop.findings()),
    '/readyz': () => verdict(readinessFindings(informers)),
  };
  const figures: Record<string, Route> = {
    '/metrics': async () => ({ status: 200, ...(await metrics.render()) }),
  };
  const shared = options.probePort === options.metricsPort && options.probePort !== 0;
  const servers = shared
    ? [await listen({ ...probes, ...figures }, host, options.probePort, logger)]
    : [
        await listen(probes, host, options.probePort, logger),
        await listen(figures, host, options.metricsPort, logger),
      ];
  const [first, last] = [servers.at(0), servers.at(-1)];
  return {
    probePort: portOf(first),
    metricsPort: portOf(last),
    async close() {
      closing.abort();
      await Promise.all([beating, ...servers.map(close)]);
    },
  };
}

/** Why this process is not ready: each kind that is not synced, or has not heard of the API server for too long. */
export function readinessFindings(informers: HealthOptions['informers']): readonly string[] {
  return informers.flatMap((informer) => {
    const { kind } = informer.type;
    if (!informer.synced) return [`${kind}: first list not done`];
    const age = informer.contactAgeMilliseconds();
    return age < contactLimitMilliseconds
      ? []
      : [`${kind}: no word from the API server for ${Math.round(age / 1000)} s`];
  });
}

/** Measures how late the event loop runs a timer. */
export class LoopWatch {
  readonly #clock: Clock;
  #dueAt: number;
  #lag = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#dueAt = clock.monotonic() + beatMilliseconds;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#dueAt = this.#clock.monotonic() + beatMilliseconds;
      await this.#clock.sleep(beatMilliseconds, signal).catch(() => undefined);
      this.#lag = Math.max(0, this.#clock.monotonic() - this.#dueAt);
    }
  }

  /** A finding when the last beat came too late, or the next is too long overdue. */
  findings(): readonly string[] {
    const lag = Math.max(this.#lag, this.#clock.monotonic() - this.#dueAt);
    return lag < lagLimitMilliseconds ? [] : [`event loop is ${Math.round(lag)} ms late`];
  }
}

function verdict(findings: readonly string[]): Answer {
  const contentType = 'text/plain; charset=utf-8';
  return findings.length === 0
    ? { status: 200, contentType, body: 'ok\n' }
    : { status: 503, contentType, body: `${findings.join('\n')}\n` };
}

async function listen(
  routes: Readonly<Record<string, Route>>,
  host: string,
  port: number,
  logger: Logger,
): Promise<Server> {
  const server = createServer((request, response) => {
    void respond(routes, request, response, logger);
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return server;
}

/** Never rejects. */
async function respond(
  routes: Readonly<Record<string, Route>>,
  request: IncomingMessage,
  response: ServerResponse,
  logger: Logger,
): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  try {
    const answer =
      route !== undefined && (request.method === 'GET' || request.method === 'HEAD')
        ? await route()
        : { status: 404, contentType: 'text/plain; charset=utf-8', body: 'not found\n' };
    response.writeHead(answer.status, { 'content-type': answer.contentType }).end(answer.body);
  } catch (error) {
    logger.error({ err: error, path }, 'could not answer');
    response.writeHead(500).end();
  }
}

function portOf(server: Server | undefined): number {
  const address = server?.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
