import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/backoff.ts';
import { createConnectionPool } from './connection-pool.ts';
import type { Lane, Live } from './connection-pool.ts';
import type { ConnectionSource } from './connection.ts';
import { DeadlineExceeded, withDeadline } from './deadline.ts';
import { ApiError, TransportError, isUnauthorized } from './errors.ts';
import { exchange, isTrustError, openStream } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { createRateLimiter } from './rate-limit.ts';
import type { RateLimit } from './rate-limit.ts';
import { retryVerdict } from './retry.ts';

export interface TransportOptions {
  readonly source: ConnectionSource;
  readonly clock: Clock;
  readonly random: Random;
  /** `program/version (platform) part`, so that an audit log tells who wrote. */
  readonly userAgent: string;
  /** Of the shared lane; default 50 per second, 100 at once. */
  readonly rateLimit?: RateLimit;
  /** Every answer, for `rest_client_requests_total`. `code` is the HTTP status or `<error>`. */
  readonly onRequest?: (request: { method: string; code: string }) => void;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with query. */
  readonly path: string;
  readonly body?: { readonly contentType: string; readonly value: object };
  /** Sending it twice does no harm. */
  readonly replayable: boolean;
  readonly lane: Exclude<Lane, 'watch'>;
}

/** HTTP to one API server: pooled sockets, deadlines, retries, rate limit, rotating credentials. */
export interface Transport {
  /**
   * The JSON of a successful answer. Rejects with ApiError, TransportError, or the reason of `signal`.
   * `timeoutMilliseconds` bounds the whole call with its retries; default 30 s.
   */
  send(
    request: ApiRequest,
    options: { signal?: AbortSignal | undefined; timeoutMilliseconds?: number | undefined },
  ): Promise<unknown>;
  /** The body of a GET as it arrives, on a socket of its own. One try, no deadline: `signal` ends it. */
  stream(path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** Cuts every socket. */
  close(): Promise<void>;
}

const defaultTimeoutMilliseconds = 30_000;
const defaultRateLimit: RateLimit = { queriesPerSecond: 50, burst: 100 };
/** Leases have their own lane, so that neither a full bucket nor busy sockets can cost the leadership. */
const leaseRateLimit: RateLimit = { queriesPerSecond: 10, burst: 20 };

export function createTransport(options: TransportOptions): Transport {
  const { clock, random } = options;
  const pool = createConnectionPool(options.source, clock);
  const limiters = {
    shared: createRateLimiter(options.rateLimit ?? defaultRateLimit, clock),
    lease: createRateLimiter(leaseRateLimit, clock),
  };

  /** One exchange, and a second one when the credentials turn out to have been rotated meanwhile. */
  async function once<T>(
    request: Pick<Exchange, 'method' | 'path' | 'body' | 'signal'>,
    run: (exchange: Exchange, live: Live) => Promise<T>,
  ): Promise<T> {
    const call: Exchange = {
      ...request,
      userAgent: options.userAgent,
      report: (code) => options.onRequest?.({ method: request.method, code }),
    };
    const live = await pool.current();
    try {
      return await run(call, live);
    } catch (error) {
      const mayBeRotated = isUnauthorized(error) || isTrustError(error);
      if (!mayBeRotated || !(await pool.refresh(live))) throw error;
      return run(call, await pool.current());
    }
  }

  async function attempts(
    request: ApiRequest,
    deadline: number,
    { signal, onRetry }: { readonly signal: AbortSignal; readonly onRetry: (error: unknown) => void },
  ): Promise<unknown> {
    const limiter = limiters[request.lane];
    for (let attempt = 1; ; attempt += 1) {
      refuseHopelessWait(limiter.waitMilliseconds(), deadline - clock.monotonic(), request);
      await limiter.acquire(signal);
      try {
        return await once({ ...request, signal }, (call, live) => exchange(call, live, request.lane));
      } catch (error) {
        signal.throwIfAborted();
        const verdict = retryVerdict(error, { replayable: request.replayable, attempt, random: random() });
        if (error instanceof ApiError && error.status === 429 && error.retryAfterSeconds !== undefined) {
          limiter.pause(error.retryAfterSeconds);
        }
        if (!verdict.retry || clock.monotonic() + verdict.afterMilliseconds >= deadline) throw error;
        onRetry(error);
        await clock.sleep(verdict.afterMilliseconds, signal);
      }
    }
  }

  return {
    async send(request, { signal, timeoutMilliseconds = defaultTimeoutMilliseconds }) {
      const deadline = clock.monotonic() + timeoutMilliseconds;
      let before: unknown;
      try {
        return await withDeadline({ clock, milliseconds: timeoutMilliseconds, caller: signal }, (scope) =>
          attempts(request, deadline, { signal: scope, onRetry: (error) => (before = error) }),
        );
      } catch (error) {
        if (!(error instanceof DeadlineExceeded)) throw error;
        const reason = before instanceof Error ? `; the try before it: ${before.message}` : '';
        throw new TransportError(
          `${request.method} ${request.path}: no answer of the API server within ${timeoutMilliseconds / 1000} s${reason}`,
          { code: 'DEADLINE', outcome: 'unknown', cause: before ?? error },
        );
      }
    },
    stream(path, signal) {
      return once({ method: 'GET', path, signal }, openStream);
    },
    close: () => pool.close(),
  };
}

/** Waiting for a pause that ends after the deadline would only turn a clear answer into a late one. */
function refuseHopelessWait(waitMilliseconds: number, leftMilliseconds: number, request: ApiRequest): void {
  if (waitMilliseconds < leftMilliseconds) return;
  const seconds = Math.ceil(waitMilliseconds / 1000);
  throw new ApiError(
    `${request.method} ${request.path}: not sent: the next request may go in ${seconds} s (Retry-After or rate limit)`,
    { status: 429, reason: 'TooManyRequests', retryAfterSeconds: seconds },
  );
}
