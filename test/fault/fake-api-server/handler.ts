import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../../src/base/clock.ts';
import type { Fault, Faults, TakenFault } from './faults.ts';
import type { Kind } from './kinds.ts';
import { resourceOf } from './kinds.ts';
import type { Lister } from './list.ts';
import { keyOf } from './registry.ts';
import type { DeleteOptions, Registry, WriteContext } from './registry.ts';
import type { LoggedRequest, Verb } from './request-log.ts';
import { selectorOf } from './selectors.ts';
import { StatusError, invalid, notFound } from './status.ts';
import type { Store, Stored } from './store.ts';
import { serveWatch } from './watch.ts';
import type { OpenWatch } from './watch.ts';

interface Parts {
  readonly store: Store;
  readonly registry: Registry;
  readonly lister: Lister;
  readonly faults: Faults;
  readonly log: { add(request: LoggedRequest): void; readonly requests: readonly LoggedRequest[] };
  readonly clock: Clock;
  readonly kindOf: (resource: string) => Kind | undefined;
  readonly watches: Set<OpenWatch>;
  readonly access: { tokens: ReadonlySet<string> | undefined; watchListEnabled: boolean };
}
interface Target {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  readonly query: URLSearchParams;
}
interface Answer {
  readonly code: number;
  readonly body: object | string;
  readonly retryAfterSeconds?: number;
}

const pathPattern =
  /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>[^/]+)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<subresource>[^/]+))?$/;

/** Everything between a request's arrival and its answer. */
export function createHandler(
  parts: Parts,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let numbers = 0;

  function log(
    request: IncomingMessage,
    target: Target | undefined,
    body: object | undefined,
  ): LoggedRequest {
    numbers += 1;
    const entry: LoggedRequest = {
      number: numbers,
      time: parts.clock.now(),
      monotonic: parts.clock.monotonic(),
      verb: verbOf(request, target),
      method: request.method ?? '',
      path: request.url ?? '',
      resource: target === undefined ? '' : resourceOf(target.kind.type),
      namespace: target?.namespace ?? '',
      name: target?.name || nameIn(body),
      subresource: target?.subresource ?? '',
      userAgent: request.headers['user-agent'] ?? '',
      fieldManager: target?.query.get('fieldManager') ?? '',
      body,
    };
    parts.log.add(entry);
    return entry;
  }

  return async (request, response) => {
    const target = targetOf(request.url ?? '', parts.kindOf);
    const body = await readBody(request);
    const entry = log(request, target, body);
    const taken = parts.faults.take({ method: entry.method, path: entry.path, userAgent: entry.userAgent });
    if (taken !== undefined) entry.fault = taken.fault.do;
    if (!(await survives(taken, request, response, entry))) return;
    if (entry.verb === 'watch' && target !== undefined && authorized(request)) {
      startWatch(target, entry, taken?.fault, response);
      return;
    }
    let answer = answerTo(request, target, entry, taken?.fault);
    if (taken?.fault.do === 'duplicate') answer = answerTo(request, target, entry, taken.fault);
    if (taken?.fault.do === 'hold' && taken.fault.when === 'after') await taken.released;
    deliver(answer, taken?.fault, response, entry);
  };

  /** Faults that come before the request is handled. False: there is nothing left to do. */
  async function survives(
    taken: TakenFault | undefined,
    request: IncomingMessage,
    response: ServerResponse,
    entry: LoggedRequest,
  ): Promise<boolean> {
    const fault = taken?.fault;
    if (fault === undefined || taken === undefined) return true;
    if (fault.do === 'delay') await parts.clock.sleep(fault.milliseconds);
    if (fault.do === 'hold' && fault.when === 'before') await taken.released;
    if (fault.do === 'drop-before') request.socket.end();
    if (fault.do === 'reset') request.socket.resetAndDestroy();
    if (fault.do === 'status') {
      const error = new StatusError(
        fault.code,
        fault.reason ?? '',
        fault.message ?? `injected ${fault.code}`,
      );
      deliver(
        {
          code: fault.code,
          body: error.toObject(),
          ...(fault.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: fault.retryAfterSeconds }),
        },
        undefined,
        response,
        entry,
      );
    }
    const silent = fault.do === 'half-open' && entry.verb !== 'watch';
    return !silent && !['drop-before', 'reset', 'status'].includes(fault.do);
  }

  function authorized(request: IncomingMessage): boolean {
    const { tokens } = parts.access;
    const token = (request.headers.authorization ?? '').replace('Bearer ', '');
    return tokens === undefined || tokens.has(token);
  }

  function refuseStreamedList({ kind, query }: Target): void {
    if (!query.has('sendInitialEvents')) return;
    if (!parts.access.watchListEnabled) {
      throw invalid(kind.type.kind, '', 'sendInitialEvents', 'Forbidden: needs the WatchList feature gate');
    }
    if (query.get('resourceVersionMatch') !== 'NotOlderThan') {
      throw invalid(
        kind.type.kind,
        '',
        'resourceVersionMatch',
        'Forbidden: sendInitialEvents needs NotOlderThan',
      );
    }
  }

  function startWatch(
    target: Target,
    entry: LoggedRequest,
    fault: Fault | undefined,
    response: ServerResponse,
  ): void {
    try {
      refuseStreamedList(target);
      const { group, version, kind } = target.kind.type;
      const opened: OpenWatch = serveWatch(
        parts.store,
        parts.clock,
        {
          resource: entry.resource,
          path: entry.path,
          userAgent: entry.userAgent,
          apiVersion: group === '' ? version : `${group}/${version}`,
          kind,
          query: target.query,
          selector: selectorOf(target.query, target.namespace),
          fault,
          horizon: fault?.do === 'stale' ? fault.revision : Number.POSITIVE_INFINITY,
        },
        response,
        () => queueMicrotask(() => parts.watches.delete(opened)),
      );
      entry.code = 200;
      parts.watches.add(opened);
    } catch (error) {
      deliver(failureAnswer(error), fault, response, entry);
    }
  }

  function answerTo(
    request: IncomingMessage,
    target: Target | undefined,
    entry: LoggedRequest,
    fault: Fault | undefined,
  ): Answer {
    try {
      if (!authorized(request)) throw new StatusError(401, 'Unauthorized', 'Unauthorized');
      if (target === undefined) return { code: 404, body: '404 page not found\n' };
      if (entry.verb === 'get' || entry.verb === 'list') {
        const horizon = fault?.do === 'stale' ? fault.revision : Number.POSITIVE_INFINITY;
        return { code: 200, body: read(target, horizon) };
      }
      const before = parts.store.revision;
      const object = write(request, target, entry);
      const revision = Number(object.metadata.resourceVersion);
      if (revision > before) entry.applied = revision;
      return { code: entry.verb === 'create' ? 201 : 200, body: object };
    } catch (error) {
      return failureAnswer(error);
    }
  }

  function read(target: Target, horizon: number): object {
    const { kind, namespace, name, query } = target;
    if (name === '') return parts.lister.list(kind, query, selectorOf(query, namespace), horizon);
    const resource = resourceOf(kind.type);
    const key = keyOf(namespace, name);
    const found =
      horizon === Number.POSITIVE_INFINITY
        ? parts.store.get(resource, key)
        : parts.store
            .listAt(resource, horizon)
            .find((object) => keyOf(object.metadata.namespace, object.metadata.name) === key);
    if (found === undefined) throw notFound(kind.type.plural, name);
    return found;
  }

  function write(request: IncomingMessage, target: Target, entry: LoggedRequest): Stored {
    const { kind, namespace, name, subresource } = target;
    const body = entry.body ?? {};
    if (subresource !== '' && !(subresource === 'status' && kind.statusSubresource)) {
      throw notFound('subresource', subresource);
    }
    const context: WriteContext = {
      manager: entry.fieldManager || (entry.userAgent.split('/')[0] ?? ''),
      ...(subresource === '' ? {} : { subresource }),
    };
    const key = keyOf(namespace, name);
    switch (entry.verb) {
      case 'create':
        return parts.registry.create(kind, namespace, body, context);
      case 'replace':
        return parts.registry.replace(kind, key, body as Stored, context);
      case 'patch':
        return parts.registry.mergePatch(kind, key, body, context);
      case 'apply':
        if (entry.fieldManager === '')
          throw new StatusError(400, 'BadRequest', 'fieldManager is required for apply patch');
        return parts.registry.apply(kind, key, body, {
          ...context,
          force: target.query.get('force') === 'true',
        });
      case 'delete':
        return parts.registry.delete(kind, key, body as DeleteOptions);
      case 'get':
      case 'list':
      case 'watch':
      case 'other':
        throw new StatusError(405, 'MethodNotAllowed', `the server does not allow ${request.method} here`);
    }
  }

  function deliver(
    answer: Answer,
    fault: Fault | undefined,
    response: ServerResponse,
    entry: LoggedRequest,
  ): void {
    if (fault?.do === 'drop-after') {
      response.socket?.resetAndDestroy();
      return;
    }
    const text = Buffer.from(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    response.writeHead(answer.code, {
      'content-type': typeof answer.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json',
      'content-length': text.length,
      ...(answer.retryAfterSeconds === undefined ? {} : { 'retry-after': String(answer.retryAfterSeconds) }),
    });
    if (fault?.do === 'truncate') {
      response.write(text.subarray(0, fault.bytes), () => response.socket?.resetAndDestroy());
      return;
    }
    if (fault?.do === 'garble') text.fill(1, text.length >> 1);
    entry.code = answer.code;
    response.end(text);
  }
}

function failureAnswer(error: unknown): Answer {
  if (error instanceof StatusError) return { code: error.code, body: error.toObject() };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 500, body: new StatusError(500, 'InternalError', message).toObject() };
}

function targetOf(url: string, kindOf: Parts['kindOf']): Target | undefined {
  const { pathname, searchParams } = new URL(url, 'http://server');
  const groups = pathPattern.exec(pathname)?.groups;
  if (groups === undefined) return undefined;
  const kind = kindOf(`${groups['group'] ?? ''}/${groups['plural'] ?? ''}`);
  if (kind === undefined || kind.type.version !== groups['version']) return undefined;
  return {
    kind,
    namespace: decodeURIComponent(groups['namespace'] ?? ''),
    name: decodeURIComponent(groups['name'] ?? ''),
    subresource: groups['subresource'] ?? '',
    query: searchParams,
  };
}

function verbOf(request: IncomingMessage, target: Target | undefined): Verb {
  const type = request.headers['content-type'] ?? '';
  switch (request.method) {
    case 'GET':
      if (target?.query.get('watch') === 'true') return 'watch';
      return target?.name === '' ? 'list' : 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'replace';
    case 'PATCH':
      if (type.startsWith('application/apply-patch')) return 'apply';
      return type.startsWith('application/merge-patch') ? 'patch' : 'other';
    case 'DELETE':
      return 'delete';
    case undefined:
    default:
      return 'other';
  }
}

function nameIn(body: object | undefined): string {
  return (body as { metadata?: { name?: string } } | undefined)?.metadata?.name ?? '';
}

async function readBody(request: IncomingMessage): Promise<object | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : (JSON.parse(text) as object);
}
