import type { Kind } from './kinds.ts';
import { resourceOf } from './kinds.ts';
import type { Selector } from './selectors.ts';
import { StatusError, expired } from './status.ts';
import type { Store } from './store.ts';

/** Lists with `limit` and `continue`: every page shows the revision of the first. */
export interface Lister {
  list(kind: Kind, query: URLSearchParams, selector: Selector, horizon: number): object;
  /** Every continue token given so far answers 410 from now on. */
  expireTokens(): void;
}

interface Token {
  readonly revision: number;
  readonly after: string;
  readonly epoch: number;
}

export function createLister(store: Store): Lister {
  let epoch = 0;

  function tokenOf(text: string): Token {
    try {
      return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Token;
    } catch {
      throw new StatusError(400, 'BadRequest', 'continue key is not valid');
    }
  }
  function refuseFuture(asked: string): void {
    if (asked === '' || asked === '0' || Number(asked) <= store.revision) return;
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
  return {
    list(kind, query, selector, horizon) {
      refuseFuture(query.get('resourceVersion') ?? '');
      const given = query.get('continue') ?? '';
      const token = given === '' ? undefined : tokenOf(given);
      if (token !== undefined && (token.epoch < epoch || token.revision < store.oldestWatchable)) {
        throw expired('The provided continue parameter is too old to display a consistent list result.');
      }
      const revision = token?.revision ?? Math.min(store.revision, horizon);
      const all = store.listAt(resourceOf(kind.type), revision).filter(selector);
      const after = token?.after ?? '';
      const rest = after === '' ? all : all.filter((object) => keyOfObject(object) > after);
      const limit = Number(query.get('limit') ?? 0);
      const items = limit > 0 ? rest.slice(0, limit) : rest;
      const last = items.at(-1);
      const more = last !== undefined && items.length < rest.length;
      const next: Token = { revision, after: last === undefined ? '' : keyOfObject(last), epoch };
      return {
        kind: `${kind.type.kind}List`,
        apiVersion: kind.type.group === '' ? kind.type.version : `${kind.type.group}/${kind.type.version}`,
        metadata: {
          resourceVersion: String(revision),
          ...(more ? { continue: Buffer.from(JSON.stringify(next)).toString('base64url') } : {}),
          ...(more ? { remainingItemCount: rest.length - items.length } : {}),
        },
        items: items.map(({ apiVersion: _a, kind: _k, ...object }) =>
          kind.custom ? { ...object, apiVersion: _a, kind: _k } : object,
        ),
      };
    },
    expireTokens() {
      epoch += 1;
    },
  };
}

function keyOfObject(object: { metadata: { namespace?: string; name: string } }): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}
