import { describe } from 'vitest';
import { customKind, fixedConnection, startFakeApiServer } from './fake-api-server/index.ts';
import { kubeClientSuite, widgetType } from './kube-client-suite.ts';

describe('the client against the fake API server', () => {
  kubeClientSuite(async () => {
    const server = await startFakeApiServer({ kinds: [customKind(widgetType)] });
    server.tokens = new Set(['good']);
    const withToken = (bearerToken: string): ReturnType<typeof server.connect> =>
      server.connect('suite', { source: fixedConnection({ server: server.url, tls: {}, bearerToken }) });
    const { client, transport } = withToken('good');
    return {
      client,
      transport,
      stranger: withToken('bad').client,
      namespace: 'suite',
      close: () => server.close(),
    };
  });
});
