import type { KubeObject, ResourceType } from '../base/resource.ts';
import { pageOf } from './http-client.ts';
import type { Session } from './reflector-session.ts';
import { collectionPath, withQuery } from './resource-path.ts';
import type { Transport } from './transport.ts';

/**
 * Reads a whole collection in pages, each small enough to be parsed without holding up the event loop, into
 * `session`. All pages show one state; an expired continue token rejects with a Gone error.
 */
export async function listPages<T extends KubeObject>(
  query: {
    transport: Pick<Transport, 'send'>;
    type: ResourceType<T>;
    namespace?: string;
    labelSelector?: string;
    pageSize: number;
  },
  into: { signal: AbortSignal; session: Session; onPage: () => void },
): Promise<void> {
  const { transport, type, namespace, labelSelector, pageSize } = query;
  let token: string | undefined;
  do {
    const path = withQuery(collectionPath(type, namespace), {
      labelSelector,
      limit: pageSize,
      continue: token,
    });
    const body = await transport.send(
      { method: 'GET', path, replayable: true, lane: 'shared' },
      { signal: into.signal },
    );
    const page = pageOf(type, body as Parameters<typeof pageOf<T>>[1]);
    into.onPage();
    for (const item of page.items) into.session.stage(item);
    token = page.continueToken;
    if (token === undefined) into.session.finishList(page.resourceVersion);
  } while (token !== undefined);
}
