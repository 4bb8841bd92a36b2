import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { ConnectionSource } from '../../src/kube/connection.ts';
import { isUnauthorized } from '../../src/kube/errors.ts';
import { createKubeClient } from '../../src/kube/http-client.ts';
import { inClusterSource } from '../../src/kube/in-cluster.ts';
import { kubeconfigSource } from '../../src/kube/kubeconfig.ts';
import { createTransport } from '../../src/kube/transport.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { jobType } from '../../src/kube/types.ts';
import { startFakeApiServer } from './fake-api-server/index.ts';
import { manualClock } from './fake-clock.ts';

const run = promisify(execFile);
const key = { namespace: 'n', name: 'a' };
let folder: string;
const closing: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kube-rotation-'));
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await rm(folder, { recursive: true, force: true });
});

/** A source that counts how often it is read. */
function counting(source: ConnectionSource): ConnectionSource & { loads: number } {
  return {
    loads: 0,
    load() {
      this.loads += 1;
      return source.load();
    },
  };
}

async function tokenFileSource(url: string, token: string): Promise<ConnectionSource & { loads: number }> {
  const config = {
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    clusters: [{ name: 'k', cluster: { server: url } }],
    users: [{ name: 'u', user: { tokenFile: 'token' } }],
  };
  await writeFile(join(folder, 'config'), JSON.stringify(config));
  await writeFile(join(folder, 'token'), token);
  return counting(kubeconfigSource([join(folder, 'config')]));
}

describe('a rotated token (fault 24)', () => {
  it('is used within 60 s although the old one still works', async () => {
    const clock = manualClock();
    const server = await startFakeApiServer({ clock });
    closing.push(() => server.close());
    const source = await tokenFileSource(server.url, 'old');
    const { client } = server.connect('rotating', { source });
    server.tokens = new Set(['old']);
    await client.get(jobType, key);
    await writeFile(join(folder, 'token'), 'new');

    await clock.advance(60_000);
    server.tokens = new Set(['new']);
    await client.get(jobType, key);

    expect(server.log.find({ userAgent: /rotating/ }).map((request) => request.code)).toEqual([404, 404]);
  });
  it('is used at once when the old one is refused, also by a burst of calls, with few readings', async () => {
    const server = await startFakeApiServer();
    closing.push(() => server.close());
    const source = await tokenFileSource(server.url, 'old');
    const { client } = server.connect('rotating', { source });
    server.tokens = new Set(['old']);
    await client.get(jobType, key);
    await writeFile(join(folder, 'token'), 'new');
    server.tokens = new Set(['new']);

    const found = await Promise.all(Array.from({ length: 100 }, () => client.get(jobType, key)));

    expect(found).toHaveLength(100);
    expect(source.loads).toBeLessThanOrEqual(4);
  });
  it('that is refused too is told as it is', async () => {
    const server = await startFakeApiServer();
    closing.push(() => server.close());
    const { client } = server.connect('rotating', { source: await tokenFileSource(server.url, 'old') });
    server.tokens = new Set(['other']);

    await expect(client.get(jobType, key)).rejects.toSatisfy(isUnauthorized);
    expect(server.log.requests).toHaveLength(1);
  });
});

/** An API server over TLS that knows no object; its certificate can be changed while it runs. */
async function tlsServer(
  host: string,
): Promise<{ server: Server; port: number; issue: (ca: string) => Promise<void> }> {
  const openssl = (...words: string[]): Promise<unknown> => run('openssl', words, { cwd: folder });
  const server = createServer((request, response) => {
    const code = request.headers.authorization === 'Bearer t' ? 404 : 401;
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({ kind: 'Status', code, reason: code === 404 ? 'NotFound' : 'Unauthorized' }),
    );
  });
  async function issue(ca: string): Promise<void> {
    await openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${ca}`,
      '-keyout',
      `${ca}.key`,
      '-out',
      `${ca}.crt`,
    );
    await openssl(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/CN=server',
      '-keyout',
      'server.key',
      '-out',
      'server.csr',
    );
    await writeFile(join(folder, 'ext'), 'subjectAltName=IP:127.0.0.1,IP:::1');
    await openssl(
      'x509',
      '-req',
      '-in',
      'server.csr',
      '-CA',
      `${ca}.crt`,
      '-CAkey',
      `${ca}.key`,
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      'ext',
      '-out',
      'server.crt',
    );
    server.setSecureContext({
      cert: await readFile(join(folder, 'server.crt')),
      key: await readFile(join(folder, 'server.key')),
    });
    server.closeAllConnections();
  }
  await issue('one');
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  closing.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  );
  return { server, port: (server.address() as AddressInfo).port, issue };
}

function connect(source: ConnectionSource, random = Math.random): Transport {
  const transport = createTransport({ source, clock: systemClock, random, userAgent: 'test' });
  closing.unshift(() => transport.close());
  return transport;
}

describe('a service account over TLS', () => {
  it.each(['127.0.0.1', '::1'])('is read from its folder and used against %s', async (host) => {
    const { port } = await tlsServer(host);
    await mountAccount('one');

    const client = createKubeClient(connect(inClusterSource({ host, port: String(port), folder })));

    expect(await client.get(jobType, key)).toBeUndefined();
  });
  it('follows a rotated authority at the first call that does not trust the server', async () => {
    const { port, issue } = await tlsServer('127.0.0.1');
    await mountAccount('one');
    const client = createKubeClient(
      connect(inClusterSource({ host: '127.0.0.1', port: String(port), folder })),
    );
    expect(await client.get(jobType, key)).toBeUndefined();

    await issue('two');
    await mountAccount('two');

    expect(await client.get(jobType, key)).toBeUndefined();
  });
  it('does not trust an authority that is not in the folder', async () => {
    const { port, issue } = await tlsServer('127.0.0.1');
    await mountAccount('one');
    await issue('two');
    const source = inClusterSource({ host: '127.0.0.1', port: String(port), folder });
    // No try is under way at the deadline: the last one is after 1.55 s, and the next would come after 3.15 s.
    const client = createKubeClient(connect(source, () => 0));

    await expect(client.get(jobType, key, { timeoutMilliseconds: 3_000 })).rejects.toMatchObject({
      name: 'TransportError',
      outcome: 'notSent',
    });
  });

  async function mountAccount(ca: string): Promise<void> {
    await writeFile(join(folder, 'ca.crt'), await readFile(join(folder, `${ca}.crt`)));
    await writeFile(join(folder, 'token'), 't\n');
    await writeFile(join(folder, 'namespace'), 'n');
  }
});

describe('connections', () => {
  it('stay within 16 and the watches, and files within what they were, over 10,000 calls', async () => {
    const server = await startFakeApiServer();
    closing.push(() => server.close());
    const { client, transport } = server.connect('many');
    const scope = new AbortController();
    const path = '/apis/batch/v1/jobs?watch=true';
    const streams = await Promise.all([
      transport.stream(path, scope.signal),
      transport.stream(path, scope.signal),
    ]);
    const call = (): Promise<unknown> => client.get(jobType, key);
    await Promise.all(Array.from({ length: 100 }, call));
    const filesBefore = (await readdir('/proc/self/fd')).length;
    let most = 0;

    for (let round = 0; round < 100; round += 1) {
      await Promise.all(Array.from({ length: 100 }, call));
      most = Math.max(most, server.sockets.size);
    }

    expect(streams).toHaveLength(2);
    expect(most).toBeLessThanOrEqual(16 + 2);
    // Others of this process open a few.
    expect((await readdir('/proc/self/fd')).length).toBeLessThanOrEqual(filesBefore + 10);
    scope.abort(new Error('test over'));
  });
});
