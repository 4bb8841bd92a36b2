import type { Dispatcher } from 'undici';
import type { Lane, Live } from './connection-pool.ts';
import { TransportError } from './errors.ts';
import { errorFromResponse } from './status-error.ts';

/** One request, as it goes over the wire. */
export interface Exchange {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: { readonly contentType: string; readonly value: object };
  readonly signal: AbortSignal;
  readonly userAgent: string;
  /** Told the HTTP status, or `<error>` when none came. */
  readonly report: (code: string) => void;
}

/** Codes of failures that come before the first byte of the request is written. */
const notSentCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Sends `call` and parses the JSON answer. Rejects with ApiError, TransportError or the signal's reason. */
export async function exchange(call: Exchange, live: Live, lane: Lane): Promise<unknown> {
  const { response, text } = await answering(call, live, async () => {
    const got = await dispatch(call, live, lane);
    return { response: got, text: await got.body.text() };
  });
  if (response.statusCode >= 300) throw failure(call, response, text);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new TransportError(`${call.method} ${call.path}: the answer is not JSON`, {
      code: 'BAD_ANSWER',
      outcome: 'unknown',
      cause,
    });
  }
}

/** Opens a GET whose body comes as it is written. */
export async function openStream(call: Exchange, live: Live): Promise<AsyncIterable<Uint8Array>> {
  const response = await answering(call, live, () => dispatch(call, live, 'watch'));
  if (response.statusCode < 300) return response.body as AsyncIterable<Uint8Array>;
  throw failure(call, response, await answering(call, live, () => response.body.text()));
}

async function dispatch(call: Exchange, live: Live, lane: Lane): Promise<Dispatcher.ResponseData> {
  const { server, bearerToken } = live.connection;
  const url = new URL(server);
  const prefix = url.pathname === '/' ? '' : url.pathname;
  try {
    const response = await live.agents[lane].request({
      origin: url.origin,
      path: prefix + call.path,
      method: call.method,
      signal: call.signal,
      headers: headersOf(call, bearerToken),
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body.value) }),
    });
    call.report(String(response.statusCode));
    return response;
  } catch (error) {
    call.report('<error>');
    throw error;
  }
}

function headersOf(call: Exchange, bearerToken: string | undefined): Record<string, string> {
  return {
    accept: 'application/json',
    'user-agent': call.userAgent,
    ...(bearerToken === undefined || bearerToken === '' ? {} : { authorization: `Bearer ${bearerToken}` }),
    ...(call.body === undefined ? {} : { 'content-type': call.body.contentType }),
  };
}

async function answering<T>(call: Exchange, live: Live, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    call.signal.throwIfAborted();
    throw unanswered(call, live, error);
  }
}

function unanswered(call: Exchange, live: Live, cause: unknown): TransportError {
  const code = codeOf(cause);
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new TransportError(
    `${call.method} ${call.path}: no answer of the API server at ${live.connection.server}: ${detail} (${code})`,
    { code, outcome: notSentCodes.has(code) || isHandshakeCode(code) ? 'notSent' : 'unknown', cause },
  );
}

/** The server's certificate was not accepted, or the handshake failed: the authority may have been rotated. */
export function isTrustError(error: unknown): boolean {
  return error instanceof TransportError && isHandshakeCode(error.code);
}

/** Failures of the TLS handshake carry OpenSSL's names. */
function isHandshakeCode(code: string): boolean {
  return /CERT|SIGNATURE|ERR_SSL|ERR_TLS/.test(code);
}

/** Happy-eyeballs failures come as an AggregateError whose first member says what happened. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'UNKNOWN';
  const { code, errors } = error as { code?: unknown; errors?: readonly unknown[] };
  if (typeof code === 'string') return code;
  return errors?.[0] === undefined ? 'UNKNOWN' : codeOf(errors[0]);
}

function failure(
  call: Exchange,
  response: Dispatcher.ResponseData,
  body: string,
): ReturnType<typeof errorFromResponse> {
  const retryAfter = response.headers['retry-after'];
  return errorFromResponse(`${call.method} ${call.path}`, {
    status: response.statusCode,
    body,
    retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
  });
}
