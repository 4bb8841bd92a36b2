import type { ResourceType } from '../../../src/base/resource.ts';
import { resourceOf } from './kinds.ts';
import type { Store } from './store.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'replace' | 'patch' | 'apply' | 'delete' | 'other';

/** One request as it came, and what became of it. */
export interface LoggedRequest {
  readonly number: number;
  readonly time: Date;
  /** Of the server's clock, in milliseconds. */
  readonly monotonic: number;
  readonly verb: Verb;
  readonly method: string;
  readonly path: string;
  /** `group/plural`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  readonly userAgent: string;
  readonly fieldManager: string;
  readonly body: object | undefined;
  /** The fault that hit it. */
  fault?: string;
  /** HTTP status; absent while open, or when the connection was cut. */
  code?: number;
  /** Revision after a write that was applied, whether or not the client learnt of it. */
  applied?: number;
}

export interface RequestFilter {
  readonly verb?: Verb;
  readonly type?: Pick<ResourceType, 'group' | 'plural'>;
  readonly name?: string;
  readonly subresource?: string;
  readonly userAgent?: RegExp;
}

/** What was created and deleted under one name, for differential oracles. */
export interface ObjectHistory {
  readonly created: number;
  readonly modified: number;
  readonly deleted: number;
}

export interface RequestLog {
  readonly requests: readonly LoggedRequest[];
  find(filter: RequestFilter): readonly LoggedRequest[];
  count(filter: RequestFilter): number;
  /** Writes that were applied, in order, with their times. */
  writes(filter?: RequestFilter): readonly LoggedRequest[];
  /** Per `namespace/name`, by anybody (actors included). */
  history(type: Pick<ResourceType, 'group' | 'plural'>): ReadonlyMap<string, ObjectHistory>;
  clear(): void;
}

export function createRequestLog(store: Store): RequestLog & { add(request: LoggedRequest): void } {
  const requests: LoggedRequest[] = [];
  let from = 0;

  function find(filter: RequestFilter): readonly LoggedRequest[] {
    return requests.filter(
      (request) =>
        (filter.verb === undefined || filter.verb === request.verb) &&
        (filter.type === undefined || resourceOf(filter.type) === request.resource) &&
        (filter.name === undefined || filter.name === request.name) &&
        (filter.subresource === undefined || filter.subresource === request.subresource) &&
        (filter.userAgent === undefined || filter.userAgent.test(request.userAgent)),
    );
  }
  return {
    requests,
    find,
    count: (filter) => find(filter).length,
    writes: (filter = {}) => find(filter).filter((request) => request.applied !== undefined),
    history(type) {
      const histories = new Map<string, ObjectHistory>();
      for (const change of store.changes.slice(from)) {
        if (change.resource !== resourceOf(type)) continue;
        const old = histories.get(change.key) ?? { created: 0, modified: 0, deleted: 0 };
        histories.set(change.key, {
          created: old.created + (change.type === 'ADDED' ? 1 : 0),
          modified: old.modified + (change.type === 'MODIFIED' ? 1 : 0),
          deleted: old.deleted + (change.type === 'DELETED' ? 1 : 0),
        });
      }
      return histories;
    },
    clear() {
      requests.length = 0;
      from = store.changes.length;
    },
    add(request) {
      requests.push(request);
    },
  };
}
