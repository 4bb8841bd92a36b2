import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { kubeconfigSource } from './kubeconfig.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  await mkdir(join(folder, 'pki'));
  for (const name of ['ca.crt', 'client.crt', 'client.key', 'token']) {
    await writeFile(join(folder, 'pki', name), `content of ${name}\n`);
  }
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

let number = 0;
async function file(content: object | string): Promise<string> {
  number += 1;
  const path = join(folder, `config-${number}`);
  await writeFile(path, typeof content === 'string' ? content : stringify(content));
  return path;
}
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const cluster = { server: 'https://api.example.net:6443/' };
function config(parts: { cluster?: object; user?: object; context?: object; current?: string }): object {
  return {
    'current-context': parts.current ?? 'c',
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u', ...parts.context } }],
    clusters: [{ name: 'k', cluster: { ...cluster, ...parts.cluster } }],
    users: [{ name: 'u', user: parts.user ?? { token: 't' } }],
  };
}

describe('a kubeconfig', () => {
  it('gives server, token and namespace of its current context', async () => {
    const path = await file(config({ context: { namespace: 'shop' } }));

    expect(await kubeconfigSource([path]).load()).toEqual({
      server: 'https://api.example.net:6443',
      tls: {},
      bearerToken: 't',
      namespace: 'shop',
    });
  });
  it('gives certificates from inline data', async () => {
    const path = await file(
      config({
        cluster: { 'certificate-authority-data': base64('CA'), 'tls-server-name': 'kubernetes' },
        user: { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') },
      }),
    );

    const { tls, bearerToken } = await kubeconfigSource([path]).load();

    expect(tls).toEqual({ ca: 'CA', certificate: 'CERT', key: 'KEY', serverName: 'kubernetes' });
    expect(bearerToken).toBeUndefined();
  });
  it('gives certificates and tokens from files beside it', async () => {
    const path = await file(
      config({
        cluster: { 'certificate-authority': 'pki/ca.crt' },
        user: {
          'client-certificate': 'pki/client.crt',
          'client-key': 'pki/client.key',
          tokenFile: 'pki/token',
        },
      }),
    );

    expect(await kubeconfigSource([path]).load()).toMatchObject({
      tls: {
        ca: 'content of ca.crt\n',
        certificate: 'content of client.crt\n',
        key: 'content of client.key\n',
      },
      bearerToken: 'content of token',
    });
  });
  it('lets the first file that has an entry win, and joins the rest', async () => {
    const first = await file({
      'current-context': 'c',
      users: [{ name: 'u', user: { token: 'first' } }],
      clusters: null,
    });
    const second = await file(config({ user: { token: 'second' }, current: 'elsewhere' }));

    expect(await kubeconfigSource([first, second]).load()).toMatchObject({ bearerToken: 'first' });
  });
  it('turns verification off only when told to', async () => {
    const path = await file(config({ cluster: { 'insecure-skip-tls-verify': true } }));

    expect((await kubeconfigSource([path]).load()).tls).toEqual({ insecureSkipVerify: true });
  });
  it('takes a context by name', async () => {
    const path = await file(config({ current: '' }));

    expect(await kubeconfigSource([path], 'c').load()).toMatchObject({ bearerToken: 't' });
  });

  it.each<[string, object | string, string]>([
    ['no current context', config({ current: '' }), 'names no current-context'],
    ['an unknown context', config({ current: 'x' }), 'no context "x"'],
    ['an unknown cluster', config({ context: { cluster: 'x' } }), 'no cluster "x"'],
    [
      'an exec plug-in',
      config({ user: { exec: { command: 'aws' } } }),
      'an exec plug-in, which is not supported',
    ],
    [
      'an auth-provider',
      config({ user: { 'auth-provider': { name: 'gcp' } } }),
      'an auth-provider, which is not supported',
    ],
    ['a password', config({ user: { username: 'a' } }), 'a user name and password'],
    ['a proxy', config({ cluster: { 'proxy-url': 'http://p' } }), 'proxy-url, which is not supported'],
    ['nothing in it', '', 'empty or no YAML mapping'],
  ])('with %s is refused with a clear error', async (_, content, message) => {
    await expect(kubeconfigSource([await file(content)]).load()).rejects.toThrow(message);
  });
  it('that does not exist is named in the error', async () => {
    await expect(kubeconfigSource(['/nowhere/config']).load()).rejects.toThrow(
      'cannot read the kubeconfig /nowhere/config',
    );
  });
});
