import { describe } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { createKubeClient } from '../../src/kube/http-client.ts';
import type { ConnectionSource } from '../../src/kube/connection.ts';
import { kubeconfigSource } from '../../src/kube/kubeconfig.ts';
import type { Transport } from '../../src/kube/transport.ts';
import type { KubeObject, ResourceType } from '../../src/base/resource.ts';
import { kubeClientSuite, widgetType } from '../fault/kube-client-suite.ts';
import { openCluster } from './harness/open.ts';
import { testTransport } from './harness/transport.ts';

const crdType: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
};
const namespaceType: ResourceType = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces' };

describe('the client against a real API server', () => {
  kubeClientSuite(async () => {
    const cluster = await openCluster();
    const source = kubeconfigSource([cluster.kubeconfigPath]);
    const transport = connect(source);
    const stranger = connect(withWrongToken(source));
    const client = createKubeClient(transport);
    const namespace = `kube-client-${process.pid}`;
    const object: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    const made = await client.create(namespaceType, object);
    await client.apply(crdType, widgetDefinition(), { fieldManager: 'suite', force: true });
    await established(transport);
    return {
      client,
      transport,
      stranger: createKubeClient(stranger),
      namespace,
      async close() {
        const { name } = widgetDefinition().metadata;
        const definition = await client.get(crdType, { namespace: '', name });
        await client.delete(
          crdType,
          { namespace: '', name },
          { uid: definition?.metadata.uid ?? '' },
          'Background',
        );
        await client.delete(
          namespaceType,
          { namespace: '', name: namespace },
          { uid: made.metadata.uid ?? '' },
          'Background',
        );
        await Promise.all([transport.close(), stranger.close()]);
      },
    };
  });
});

function connect(source: ConnectionSource): Transport {
  return testTransport(source, { rateLimit: { queriesPerSecond: 500, burst: 500 } });
}

function withWrongToken(source: ConnectionSource): ConnectionSource {
  return {
    async load() {
      const { server, tls } = await source.load();
      const { certificate: _c, key: _k, ...rest } = tls;
      return { server, tls: rest, bearerToken: 'wrong' };
    },
  };
}

async function established(transport: Transport): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const path = `/apis/${widgetType.group}/${widgetType.version}/${widgetType.plural}`;
    const found = await transport.send({ method: 'GET', path, replayable: true, lane: 'shared' }, {}).then(
      () => true,
      () => false,
    );
    if (found) return;
    await systemClock.sleep(100);
  }
  throw new Error('the API server does not serve the test kind after 10 s');
}

function widgetDefinition(): { apiVersion: string; kind: string; metadata: { name: string }; spec: object } {
  const { group, version, kind, plural } = widgetType;
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const schema = { type: 'object', properties: { spec: open, status: open } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: 'widget', listKind: 'WidgetList' },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          subresources: { status: {} },
        },
      ],
    },
  };
}
