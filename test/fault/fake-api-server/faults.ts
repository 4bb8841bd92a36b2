/** What goes wrong with one request. */
export type Fault =
  /** Handled after so long. */
  | { readonly do: 'delay'; readonly milliseconds: number }
  /** Connection closed without an answer; nothing applied. */
  | { readonly do: 'drop-before' }
  /** Applied, then the connection is reset: the client cannot know. */
  | { readonly do: 'drop-after' }
  /** RST at once; nothing applied. */
  | { readonly do: 'reset' }
  /** A Status instead of handling it. */
  | {
      readonly do: 'status';
      readonly code: number;
      readonly reason?: string;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    }
  /** The socket stays open and silent; nothing applied. A watch answers first, and passes so many events. */
  | { readonly do: 'half-open'; readonly afterEvents?: number }
  /** So many bytes of the body, then the connection is cut; a write is applied. */
  | { readonly do: 'truncate'; readonly bytes: number }
  /** The body (of a watch: the event of that number, from 0) with bytes that are no JSON. */
  | { readonly do: 'garble'; readonly event?: number }
  /** The request is handled twice; a watch sends every event twice. */
  | { readonly do: 'duplicate' }
  /** A read answers what was true at `revision`; a watch goes on as if nothing had come after it. */
  | { readonly do: 'stale'; readonly revision: number }
  /** Waits until `release()` before handling it, or after applying and before answering. */
  | { readonly do: 'hold'; readonly when: 'before' | 'after' };

export interface FaultMatch {
  readonly method?: string;
  /** Against path and query; a watch has `watch=true` in it. */
  readonly path?: RegExp;
  readonly userAgent?: RegExp;
  /** The first so many matching requests pass. */
  readonly skip?: number;
  /** How many requests it hits; default 1, Infinity for all. */
  readonly times?: number;
}

export interface InstalledFault {
  /** Requests hit so far. */
  readonly hits: number;
  remove(): void;
  /** Lets held requests go on, and later ones through. */
  release(): void;
}

export interface FaultRequest {
  readonly method: string;
  readonly path: string;
  readonly userAgent: string;
}

export interface TakenFault {
  readonly fault: Fault;
  /** Settles when `release()` is called. */
  readonly released: Promise<void>;
}

export interface Faults {
  add(match: FaultMatch, fault: Fault): InstalledFault;
  clear(): void;
  /** The first installed fault that fits; counts the hit. */
  take(request: FaultRequest): TakenFault | undefined;
}

export function createFaults(): Faults {
  interface Rule {
    readonly match: FaultMatch;
    readonly fault: Fault;
    readonly released: Promise<void>;
    readonly release: () => void;
    seen: number;
    hits: number;
  }
  let rules: Rule[] = [];

  function fits(match: FaultMatch, request: FaultRequest): boolean {
    return (
      (match.method === undefined || match.method === request.method) &&
      (match.path === undefined || match.path.test(request.path)) &&
      (match.userAgent === undefined || match.userAgent.test(request.userAgent))
    );
  }
  function remove(rule: Rule): void {
    rules = rules.filter((other) => other !== rule);
    rule.release();
  }
  return {
    add(match, fault) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const rule: Rule = { match, fault, released: promise, release: resolve, seen: 0, hits: 0 };
      rules.push(rule);
      return {
        get hits() {
          return rule.hits;
        },
        remove: () => remove(rule),
        release: () => remove(rule),
      };
    },
    clear() {
      for (const rule of rules) remove(rule);
    },
    take(request) {
      for (const rule of rules) {
        if (!fits(rule.match, request)) continue;
        rule.seen += 1;
        if (rule.seen <= (rule.match.skip ?? 0) || rule.hits >= (rule.match.times ?? 1)) continue;
        rule.hits += 1;
        return { fault: rule.fault, released: rule.released };
      }
      return undefined;
    },
  };
}
