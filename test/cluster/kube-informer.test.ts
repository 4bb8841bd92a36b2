import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../src/base/resource.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { fixedConnection } from '../fault/fake-api-server/index.ts';
import { createKubeClient } from '../../src/kube/http-client.ts';
import { createInformer } from '../fault/kube-informer.ts';
import type { KubeInformer } from '../fault/kube-informer.ts';
import { kubeconfigSource } from '../../src/kube/kubeconfig.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { openLine } from '../fault/kube-line.ts';
import type { Line } from '../fault/kube-line.ts';
import { openCluster } from './harness/open.ts';
import { testTransport } from './harness/transport.ts';

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}
const configMapType: ResourceType<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
};
const namespaceType: ResourceType = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces' };
const namespace = `kube-informer-${process.pid}`;
const selector = { suite: 'informer' };

/** Past the line: what everybody else sees. */
let client: KubeClient;
let line: Line;
let informer: KubeInformer<ConfigMap>;
const transports: Transport[] = [];
const scope = new AbortController();
let running: Promise<void>;
const changes: string[] = [];

beforeAll(async () => {
  const cluster = await openCluster();
  const source = kubeconfigSource([cluster.kubeconfigPath]);
  const connection = await source.load();
  const { hostname, port } = new URL(connection.server);
  line = await openLine(hostname, Number(port));
  // The certificate does not name the line's address; who answers is not what is tried here.
  const { ca: _, ...tls } = connection.tls;
  const behindLine = fixedConnection({
    ...connection,
    server: `https://127.0.0.1:${line.port}`,
    tls: { ...tls, insecureSkipVerify: true },
  });
  for (const from of [source, behindLine]) {
    transports.push(testTransport(from));
  }
  const [direct, disturbed] = transports;
  client = createKubeClient(direct!);
  await client.create(namespaceType, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  informer = createInformer<ConfigMap>({
    transport: disturbed!,
    type: configMapType,
    namespace,
    labelSelector: 'suite=informer',
    project: (raw) => ({ ...(raw as ConfigMap), metadata: { ...raw.metadata } }),
    indexes: {},
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
  });
  informer.subscribe((change) => changes.push(`${change.kind} ${change.object.metadata.name}`));
  running = informer.run(scope.signal);
  await informer.cache.whenSynced(AbortSignal.timeout(60_000));
});
afterAll(async () => {
  scope.abort(new Error('test over'));
  await running;
  const made = await client.get(namespaceType, { namespace: '', name: namespace });
  await client.delete(
    namespaceType,
    { namespace: '', name: namespace },
    { uid: made?.metadata.uid ?? '' },
    'Background',
  );
  await Promise.all(transports.map((transport) => transport.close()));
  await line.close();
});

async function put(name: string, value: string): Promise<ConfigMap> {
  const metadata = { namespace, name, labels: selector };
  const object: KubeObject & { data: object } = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { value },
  };
  return client.apply(configMapType, object, { fieldManager: 'suite', force: true });
}
async function remove(key: ObjectKey): Promise<void> {
  const { uid = '' } = (await client.get(configMapType, key))?.metadata ?? {};
  await client.delete(configMapType, key, { uid }, 'Background');
}
/** Milliseconds until the informer has the newest state, however it gets it. */
async function untilSeen(object: ConfigMap, limit: number): Promise<number> {
  const began = systemClock.monotonic();
  await informer.cache.observed(object.metadata.resourceVersion ?? '', AbortSignal.timeout(limit));
  return systemClock.monotonic() - began;
}

describe('an informer of a real API server behind a line that fails', () => {
  it('loses nothing over ten resets, and reads no second list', async () => {
    let last = await put('reset', '0');
    for (let round = 1; round <= 10; round += 1) {
      line.resetAll();
      last = await put('reset', String(round));
    }
    await put('gone', '1');
    await remove({ namespace, name: 'gone' });
    last = await put('reset', 'end');

    await untilSeen(last, 60_000);

    expect(informer.cache.get({ namespace, name: 'reset' })?.data).toEqual({ value: 'end' });
    expect(informer.cache.get({ namespace, name: 'gone' })).toBeUndefined();
    expect(changes.slice(-3)).toEqual(['added gone', 'deleted gone', 'updated reset']);
    expect(informer.counters).toMatchObject({ lists: 1, regressions: 0 });
  });
  it('comes back at most 31 s after a server that refuses everybody returns', async () => {
    line.refuse(true);
    line.resetAll();
    const object = await put('refused', '1');
    await systemClock.sleep(5_000);
    line.refuse(false);

    await untilSeen(object, 31_000);

    expect(informer.counters.lists).toBe(1);
  });
  it('finds out a half-open line by its silence', async () => {
    const before = informer.counters.silences;
    line.freezeAll();
    const object = await put('silent', '1');

    await untilSeen(object, 150_000);

    expect(informer.counters.silences).toBe(before + 1);
    expect(informer.counters.lists).toBe(1);
  });
  it('keeps a quiet watch: the server’s bookmarks come often enough', async () => {
    const { watches, silences } = informer.counters;

    await systemClock.sleep(80_000);

    expect(informer.counters).toMatchObject({ watches, silences });
    expect(informer.contactAgeMilliseconds()).toBeLessThan(75_000);
  });
});
