import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../src/base/resource.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import {
  isAlreadyExists,
  isBadRequest,
  isConflict,
  isInvalid,
  isUnauthorized,
} from '../../src/kube/errors.ts';
import { createInformer } from './kube-informer.ts';
import type { KubeInformer } from './kube-informer.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { leaseType } from '../../src/kube/types.ts';
import type { Lease } from '../../src/kube/types.ts';

/** A custom resource with a status subresource, made for these tests; unknown fields are kept. */
export interface Widget extends KubeObject {
  readonly spec?: {
    readonly size?: number;
    readonly colours?: Readonly<Record<string, string>>;
    readonly list?: readonly string[];
  };
  readonly status?: { readonly seen?: number };
}
export const widgetType: ResourceType<Widget> = {
  group: 'test.pgcairn.dev',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
};
interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}
const configMapType: ResourceType<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
};

export interface SuiteServer {
  readonly client: KubeClient;
  readonly transport: Transport;
  /** With a wrong token, where the server checks one. */
  readonly stranger: KubeClient;
  /** Exists, and is nobody else's. */
  readonly namespace: string;
  close(): Promise<void>;
}

/** What pgcairn relies on in an API server: held against the fake one and a real one alike. */
export function kubeClientSuite(open: () => Promise<SuiteServer>): void {
  let server: SuiteServer;
  let client: KubeClient;
  let namespace: string;
  let number = 0;

  beforeAll(async () => {
    server = await open();
    ({ client, namespace } = server);
  });
  afterAll(async () => {
    await server?.close();
  });

  function freshKey(prefix = 'w'): ObjectKey {
    number += 1;
    return { namespace, name: `${prefix}-${number}` };
  }
  function widget(key: ObjectKey, rest: object = {}): Widget {
    return { apiVersion: 'test.pgcairn.dev/v1', kind: 'Widget', metadata: { ...key }, ...rest };
  }
  function configMap(
    key: ObjectKey,
    data: Record<string, string>,
    labels: Record<string, string> = {},
  ): ConfigMap {
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...key, labels }, data };
  }
  const failure = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      (value) => new Error(`expected a failure, got ${JSON.stringify(value)}`),
      (error: unknown) => error,
    );

  describe('reading', () => {
    it('gives undefined for what does not exist', async () => {
      expect(await client.get(widgetType, freshKey())).toBeUndefined();
    });
    it('tells a kind that the server does not know from an object that is absent', async () => {
      const unknown = { ...widgetType, plural: 'gadgets' };

      expect(await failure(client.get(unknown, freshKey()))).toMatchObject({
        name: 'ApiError',
        status: 404,
        reason: '',
      });
    });
    it('pages a list, all pages at one resourceVersion, items with their kind', async () => {
      const labels = { suite: `page-${freshKey().name}` };
      for (let i = 0; i < 5; i += 1)
        await client.create(configMapType, configMap(freshKey('c'), { i: String(i) }, labels));

      const versions = new Set<string>();
      const names: string[] = [];
      let continueToken: string | undefined;
      do {
        const page = await client.list(configMapType, {
          namespace,
          labelSelector: `suite=${labels.suite}`,
          limit: 2,
          ...(continueToken === undefined ? {} : { continueToken }),
        });
        versions.add(page.resourceVersion);
        names.push(...page.items.map((item) => `${item.kind}/${item.metadata.name}`));
        ({ continueToken } = page);
      } while (continueToken !== undefined);

      expect(new Set(names).size).toBe(5);
      expect(names.every((name) => name.startsWith('ConfigMap/'))).toBe(true);
      expect(versions.size).toBe(1);
    });
    it('refuses a broken continue token', async () => {
      expect(
        isBadRequest(await failure(client.list(configMapType, { namespace, limit: 1, continueToken: 'x' }))),
      ).toBe(true);
    });
    it('refuses a wrong token', async () => {
      expect(isUnauthorized(await failure(server.stranger.get(widgetType, freshKey())))).toBe(true);
    });
  });

  describe('creating', () => {
    it('gives uid, resourceVersion, generation and time, and drops a status', async () => {
      const made = await client.create(
        widgetType,
        widget(freshKey(), { spec: { size: 1 }, status: { seen: 9 } }),
      );

      expect(made.metadata).toMatchObject({ generation: 1 });
      expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
      expect(made.metadata.resourceVersion).toMatch(/^\d+$/);
      expect(made.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(made.status).toBeUndefined();
    });
    it('answers AlreadyExists, not Conflict, to a second object of the name', async () => {
      const key = freshKey();
      await client.create(widgetType, widget(key));

      const error = await failure(client.create(widgetType, widget(key)));

      expect(isAlreadyExists(error)).toBe(true);
      expect(isConflict(error)).toBe(false);
    });
    it('refuses a name that is none', async () => {
      expect(
        isInvalid(
          await failure(client.create(configMapType, configMap({ namespace, name: 'Not_A_Name' }, {}))),
        ),
      ).toBe(true);
    });
  });

  describe('replacing', () => {
    it('refuses an old resourceVersion', async () => {
      const made = await client.create(widgetType, widget(freshKey(), { spec: { size: 1 } }));
      await client.replace(widgetType, { ...made, spec: { size: 2 } });

      expect(isConflict(await failure(client.replace(widgetType, { ...made, spec: { size: 3 } })))).toBe(
        true,
      );
    });
    it('refuses a custom resource, and a Lease, without a resourceVersion', async () => {
      const key = freshKey();
      await client.create(widgetType, widget(key));
      const lease: Lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { ...freshKey('l') },
        spec: { holderIdentity: 'a', leaseDurationSeconds: 15 },
      };
      await client.create(leaseType, lease);

      expect(isInvalid(await failure(client.replace(widgetType, widget(key))))).toBe(true);
      expect(isInvalid(await failure(client.replace(leaseType, lease)))).toBe(true);
    });
    it('refuses another UID', async () => {
      const made = await client.create(widgetType, widget(freshKey()));
      const metadata = { ...made.metadata, uid: '00000000-0000-4000-8000-000000000000' };

      expect(isConflict(await failure(client.replace(widgetType, { ...made, metadata })))).toBe(true);
    });
    it('writes nothing when nothing changed', async () => {
      const made = await client.create(widgetType, widget(freshKey(), { spec: { size: 1 } }));

      const same = await client.replace(widgetType, made);

      expect(same.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    });
    it('keeps spec and status apart, and counts generations for spec alone', async () => {
      const made = await client.create(widgetType, widget(freshKey(), { spec: { size: 1 } }));

      const status = await client.replace(
        widgetType,
        { ...made, spec: { size: 7 }, status: { seen: 1 } },
        { subresource: 'status' },
      );
      const spec = await client.replace(widgetType, { ...status, spec: { size: 2 }, status: { seen: 8 } });

      expect(status).toMatchObject({ spec: { size: 1 }, status: { seen: 1 }, metadata: { generation: 1 } });
      expect(spec).toMatchObject({ spec: { size: 2 }, status: { seen: 1 }, metadata: { generation: 2 } });
    });
  });

  describe('merge-patching', () => {
    it('merges maps, replaces lists and removes what is null', async () => {
      const key = freshKey();
      await client.create(
        widgetType,
        widget(key, { spec: { size: 1, colours: { a: 'red', b: 'blue' }, list: ['x', 'y'] } }),
      );

      const patched = await client.mergePatch(widgetType, key, {
        spec: { size: null, colours: { b: null, c: 'green' }, list: ['z'] },
      });

      expect(patched.spec).toEqual({ colours: { a: 'red', c: 'green' }, list: ['z'] });
    });
    it('refuses an old resourceVersion', async () => {
      const key = freshKey();
      const made = await client.create(widgetType, widget(key));
      await client.mergePatch(widgetType, key, { spec: { size: 1 } });

      const { resourceVersion } = made.metadata;
      expect(
        isConflict(
          await failure(
            client.mergePatch(widgetType, key, { metadata: { resourceVersion }, spec: { size: 2 } }),
          ),
        ),
      ).toBe(true);
    });
    it('refuses another UID', async () => {
      const key = freshKey();
      await client.create(widgetType, widget(key));
      const uid = '00000000-0000-4000-8000-000000000000';

      expect(
        isConflict(
          await failure(client.mergePatch(widgetType, key, { metadata: { uid }, spec: { size: 2 } })),
        ),
      ).toBe(true);
      expect((await client.get(widgetType, key))?.spec).toBeUndefined();
    });
    it('writes nothing when nothing changed', async () => {
      const key = freshKey();
      const made = await client.create(widgetType, widget(key, { spec: { size: 1 } }));

      const same = await client.mergePatch(widgetType, key, { spec: { size: 1 } });

      expect(same.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    });
    it('reaches the status by its subresource only', async () => {
      const key = freshKey();
      await client.create(widgetType, widget(key, { spec: { size: 1 } }));

      await client.mergePatch(widgetType, key, { status: { seen: 5 } });
      expect((await client.get(widgetType, key))?.status).toBeUndefined();
      const patched = await client.mergePatch(
        widgetType,
        key,
        { spec: { size: 9 }, status: { seen: 5 } },
        { subresource: 'status' },
      );
      expect(patched).toMatchObject({ spec: { size: 1 }, status: { seen: 5 }, metadata: { generation: 1 } });
    });
  });

  describe('applying', () => {
    const mine = { fieldManager: 'mine', force: true };

    it('creates, changes, and removes the fields it stops naming', async () => {
      const key = freshKey();
      await client.apply(widgetType, widget(key, { spec: { size: 1, colours: { a: 'red' } } }), mine);

      const changed = await client.apply(widgetType, widget(key, { spec: { colours: { b: 'blue' } } }), mine);

      expect(changed.spec).toEqual({ colours: { b: 'blue' } });
    });
    it('leaves alone what others own', async () => {
      const key = freshKey();
      await client.apply(widgetType, widget(key, { spec: { size: 1 } }), mine);
      await client.apply(widgetType, widget(key, { spec: { colours: { a: 'red' } } }), {
        fieldManager: 'theirs',
        force: false,
      });

      const changed = await client.apply(widgetType, widget(key, { spec: { size: 2 } }), mine);

      expect(changed.spec).toEqual({ size: 2, colours: { a: 'red' } });
    });
    it('conflicts over a field of another manager, and takes it by force', async () => {
      const key = freshKey();
      await client.apply(widgetType, widget(key, { spec: { size: 1 } }), mine);
      const theirs = widget(key, { spec: { size: 2 } });

      expect(
        isConflict(await failure(client.apply(widgetType, theirs, { fieldManager: 'theirs', force: false }))),
      ).toBe(true);
      expect(
        (await client.apply(widgetType, theirs, { fieldManager: 'theirs', force: true })).spec?.size,
      ).toBe(2);
    });
    it('writes nothing when nothing changed', async () => {
      const key = freshKey();
      const object = widget(key, { spec: { size: 1 } });
      const made = await client.apply(widgetType, object, mine);

      expect((await client.apply(widgetType, object, mine)).metadata.resourceVersion).toBe(
        made.metadata.resourceVersion,
      );
    });
    it('refuses another UID', async () => {
      const key = freshKey();
      await client.apply(widgetType, widget(key), mine);
      const object = widget(key, { metadata: { ...key, uid: '00000000-0000-4000-8000-000000000000' } });

      expect(isConflict(await failure(client.apply(widgetType, object, mine)))).toBe(true);
    });
  });

  describe('deleting', () => {
    it('removes the object of that UID, and says absent the second time', async () => {
      const key = freshKey();
      const { uid = '' } = (await client.create(widgetType, widget(key))).metadata;

      expect(await client.delete(widgetType, key, { uid }, 'Background')).toBe('deleted');
      expect(await client.get(widgetType, key)).toBeUndefined();
      expect(await client.delete(widgetType, key, { uid }, 'Background')).toBe('absent');
    });
    it('leaves another object of that name alone', async () => {
      const key = freshKey();
      const first = await client.create(widgetType, widget(key));
      await client.delete(widgetType, key, { uid: first.metadata.uid ?? '' }, 'Background');
      const second = await client.create(widgetType, widget(key));

      expect(await client.delete(widgetType, key, { uid: first.metadata.uid ?? '' }, 'Background')).toBe(
        'absent',
      );
      expect((await client.get(widgetType, key))?.metadata.uid).toBe(second.metadata.uid);
    });
    it('waits for finalizers, lets none be added, and ends with the last', async () => {
      const key = freshKey();
      const finalizers = ['test.pgcairn.dev/hold'];
      const made = await client.create(widgetType, widget(key, { metadata: { ...key, finalizers } }));

      expect(await client.delete(widgetType, key, { uid: made.metadata.uid ?? '' }, 'Background')).toBe(
        'deleted',
      );
      const dying = await client.get(widgetType, key);
      expect(dying?.metadata.deletionTimestamp).toBeDefined();
      const more = { metadata: { finalizers: [...finalizers, 'test.pgcairn.dev/late'] } };
      expect(isInvalid(await failure(client.mergePatch(widgetType, key, more)))).toBe(true);
      await client.mergePatch(widgetType, key, { metadata: { finalizers: null } });
      expect(await client.get(widgetType, key)).toBeUndefined();
    });
  });

  describe.each([['streamed'], ['paged']])('an informer with %s lists', (how) => {
    it('shows what is there, what comes, what changes and what goes', async () => {
      const suite = `${how}-${freshKey().name}`;
      const inSuite = { suite };
      const before = await client.create(configMapType, configMap(freshKey('c'), { a: '1' }, inSuite));
      const scope = new AbortController();
      const changes: string[] = [];
      const informer = configMapInformer(
        how === 'streamed' ? server.transport : withoutStreamedLists(server.transport),
        suite,
      );
      informer.subscribe((change) => changes.push(`${change.kind} ${change.object.metadata.name}`));
      const running = informer.run(scope.signal);
      await informer.cache.whenSynced(scope.signal);
      expect(informer.cache.list().map((object) => object.metadata.uid)).toEqual([before.metadata.uid]);

      const key = freshKey('c');
      const made = await client.create(configMapType, configMap(key, { a: '1' }, inSuite));
      await informer.cache.observed(made.metadata.resourceVersion ?? '', AbortSignal.timeout(10_000));
      const patched = await client.mergePatch(configMapType, key, { data: { a: '2' } });
      await informer.cache.observed(patched.metadata.resourceVersion ?? '', AbortSignal.timeout(10_000));
      expect(informer.cache.get(key)?.data).toEqual({ a: '2' });
      const left = await client.mergePatch(configMapType, key, { metadata: { labels: { suite: null } } });
      await informer.cache.observed(left.metadata.resourceVersion ?? '', AbortSignal.timeout(10_000));
      expect(informer.cache.get(key)).toBeUndefined();

      scope.abort(new Error('test over'));
      await running;
      expect(changes).toEqual([
        `added ${before.metadata.name}`,
        `added ${key.name}`,
        `updated ${key.name}`,
        `deleted ${key.name}`,
      ]);
      expect(informer.counters).toMatchObject({
        lists: 1,
        failures: 0,
        watches: how === 'streamed' ? 1 : 2,
      });
    });
  });

  function configMapInformer(
    transport: Pick<Transport, 'send' | 'stream'>,
    suite: string,
  ): KubeInformer<ConfigMap> {
    return createInformer<ConfigMap>({
      transport,
      type: configMapType,
      namespace,
      labelSelector: `suite=${suite}`,
      project: (raw) => ({
        apiVersion: raw.apiVersion,
        kind: raw.kind,
        metadata: raw.metadata,
        data: (raw as ConfigMap).data ?? {},
      }),
      indexes: {},
      clock: systemClock,
      random: Math.random,
      logger: silentLogger,
    });
  }
}

/** The same server with the parameter that older ones refuse made unacceptable. */
function withoutStreamedLists(transport: Transport): Pick<Transport, 'send' | 'stream'> {
  return {
    send: (request, options) => transport.send(request, options),
    stream: (path, signal) =>
      transport.stream(
        path.replace('resourceVersionMatch=NotOlderThan', 'resourceVersionMatch=Broken'),
        signal,
      ),
  };
}
