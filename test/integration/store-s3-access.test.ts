import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { versitygw } from '../../scripts/tools/versitygw.ts';
import type { S3Spec } from '../../src/api/v1alpha1/backup-repository.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { S3Access } from '../../src/storage/s3-client.ts';
import { S3Store } from '../../src/storage/s3.ts';
import type { Store } from '../../src/storage/store.ts';
import { inChunks, keysOf, pattern } from '../contract/store.ts';
import { issueCertificate, makeAuthority } from './servers/certificates.ts';
import { freePort } from './servers/free-port.ts';
import type { S3Server } from './servers/s3-server.ts';
import { startS3Server } from './servers/s3-server.ts';

const impatient = { attempts: 2 };
const MiB = 1024 * 1024;

/** Each way of using a store; all must tell the same fault in the same way. */
const uses: [string, (store: Store) => Promise<unknown>][] = [
  ['put', (store) => store.put('key', Buffer.from('bytes'))],
  ['put in parts', (store) => store.put('key', inChunks(pattern(6 * MiB), 65_536), { partBytes: 5 * MiB })],
  ['get', (store) => store.get('key')],
  ['head', (store) => store.head('key')],
  ['list', (store) => keysOf(store, '')],
  ['delete', (store) => store.delete('key')],
  ['sweep', (store) => store.sweep('', new Date(8.64e15))],
];

async function faultOf(work: Promise<unknown>): Promise<Failure> {
  const result: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(result instanceof Failure)) throw new Error(`not a Failure: ${String(result)}`);
  return result;
}

describe('a store that is named wrongly', () => {
  let server: S3Server;
  let closed: number;
  beforeAll(async () => {
    server = await startS3Server({ region: 'eu-central-1' });
    await server.makeBucket('backups');
    closed = await freePort();
  });
  afterAll(() => server?.stop());

  const secret = { credentialsSecretRef: { name: 'offsite-s3' } };
  interface Mistake {
    readonly spec: () => Partial<S3Spec>;
    readonly access?: () => S3Access;
    readonly reason: string;
    readonly says: RegExp;
  }
  const mistakes: Record<string, Mistake> = {
    'an access key that does not exist': {
      spec: () => secret,
      access: () => ({ credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: 'canary-of-the-secret' } }),
      reason: 'StoreCredentialsRefused',
      says: /does not know the access key in Secret offsite-s3/,
    },
    'a secret that is not that of the access key': {
      spec: () => secret,
      access: () => ({
        credentials: { accessKeyId: 'test-access-key', secretAccessKey: 'canary-of-the-secret' },
      }),
      reason: 'StoreCredentialsRefused',
      says: /refuses the secret that goes with the access key in Secret offsite-s3/,
    },
    'a region that is not the bucket’s': {
      spec: () => ({ region: 'us-east-1' }),
      reason: 'WrongRegion',
      says: /set s3\.region to eu-central-1/,
    },
    'a bucket that does not exist': {
      spec: () => ({ bucket: 'nowhere' }),
      reason: 'BucketAbsent',
      says: /has no bucket nowhere: create it, or correct s3\.bucket/,
    },
    'a port where nobody listens': {
      spec: () => ({ endpoint: `http://127.0.0.1:${closed}` }),
      reason: 'StoreUnreachable',
      says: /refuses connections/,
    },
    'TLS where there is none': {
      spec: () => ({ endpoint: server.endpoint.replace('http:', 'https:') }),
      reason: 'StoreTlsNotTrusted',
      says: /does not speak TLS: use http:/,
    },
  };
  const cases = Object.keys(mistakes).flatMap((name) => uses.map(([use]) => [name, use] as const));
  it.each(cases)('is told: %s, at %s', async (name, use) => {
    const mistake = mistakes[name];
    const work = uses.find(([other]) => other === use)?.[1];
    if (mistake === undefined || work === undefined) throw new Error('no such case');
    const access = mistake.access?.() ?? server.access;
    const store = new S3Store(server.spec('backups', mistake.spec()), access, impatient);
    const fault = await faultOf(work(store));
    await store.close();
    expect(fault).toMatchObject({
      reason: mistake.reason,
      message: expect.stringMatching(mistake.says) as unknown,
    });
    const told = `${fault.message} ${String(fault.cause)} ${JSON.stringify(fault)}`;
    expect(told).not.toContain('canary-of-the-secret');
    expect(told).not.toContain(access.credentials?.secretAccessKey);
  });
});

describe('a server that never answers', () => {
  it('is given up after the idle time, not waited for', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const spec: S3Spec = {
      bucket: 'b',
      region: 'x',
      endpoint: `http://127.0.0.1:${port}`,
      addressing: 'Auto',
    };
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const store = new S3Store(spec, { credentials }, { ...impatient, idleMilliseconds: 200 });
    const fault = await faultOf(store.put('key', Buffer.from('bytes')));
    expect(fault).toMatchObject({
      reason: 'StoreUnreachable',
      message: expect.stringContaining('did not answer in time') as unknown,
    });
    await store.close();
    silent.close();
  });
});

describe('TLS', () => {
  let folder: string;
  const servers: S3Server[] = [];
  let authority: { certificate: string; key: string };
  let other: { certificate: string; key: string };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pgcairn-tls-'));
    authority = await makeAuthority(folder, 'ours');
    other = await makeAuthority(folder, 'theirs');
  });
  afterAll(async () => {
    for (const server of servers) await server.stop();
    await rm(folder, { recursive: true });
  });

  const cases: [string, { subjectAltName: string; expired?: boolean }, 'ours' | 'theirs' | 'none', RegExp][] =
    [
      [
        'an expired certificate',
        { subjectAltName: 'IP:127.0.0.1', expired: true },
        'ours',
        /has expired: renew it/,
      ],
      [
        'another authority',
        { subjectAltName: 'IP:127.0.0.1' },
        'theirs',
        /not trusted: set s3\.caSecretKeyRef/,
      ],
      [
        'no authority given',
        { subjectAltName: 'IP:127.0.0.1' },
        'none',
        /not trusted: set s3\.caSecretKeyRef/,
      ],
      [
        'another name',
        { subjectAltName: 'DNS:s3.example.net' },
        'ours',
        /for another name: IP: 127\.0\.0\.1/,
      ],
    ];
  it.each(cases)('is refused and explained: %s', async (label, request, trust, says) => {
    const name = label.replaceAll(' ', '-');
    const tls = await issueCertificate(folder, authority, { name, ...request });
    const server = await startS3Server({ tls, ca: authority.certificate });
    servers.push(server);
    const ca = { ours: authority, theirs: other, none: undefined }[trust];
    const { credentials } = server.access;
    const access =
      ca === undefined ? { credentials } : { credentials, ca: await readFile(ca.certificate, 'utf8') };
    const store = new S3Store(server.spec('backups'), access, impatient);
    for (const [, use] of uses)
      expect(await faultOf(use(store))).toMatchObject({
        reason: 'StoreTlsNotTrusted',
        message: expect.stringMatching(says) as unknown,
      });
    await store.close();
  });
});

describe('a TLS server that is spoken to without', () => {
  it('is told from a network that breaks', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pgcairn-tls-'));
    const authority = await makeAuthority(folder);
    const tls = await issueCertificate(folder, authority, { name: 's3', subjectAltName: 'IP:127.0.0.1' });
    const server = await startS3Server({ tls, ca: authority.certificate });
    const spec = { ...server.spec('backups'), endpoint: server.endpoint.replace('https:', 'http:') };
    const store = new S3Store(spec, server.access, impatient);
    expect(await faultOf(store.put('key', Buffer.from('bytes')))).toMatchObject({
      reason: 'StoreUnreachable',
      message: expect.stringContaining('if it speaks TLS, use https://') as unknown,
    });
    await Promise.all([store.close(), server.stop(), rm(folder, { recursive: true })]);
  });
});

describe('a key that may not do everything', () => {
  let server: S3Server;
  let folder: string;
  const user = { accessKeyId: 'key-of-the-writer', secretAccessKey: 'secret-of-the-limited-key' };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pgcairn-iam-'));
    server = await startS3Server({ flags: ['--iam-dir', folder, '--iam-cache-disable'] });
    const { accessKeyId, secretAccessKey } = server.access.credentials ?? user;
    const root = ['--access', accessKeyId, '--secret', secretAccessKey, '--endpoint-url', server.endpoint];
    const added = ['--access', user.accessKeyId, '--secret', user.secretAccessKey, '--role', 'user'];
    await execa(await versitygw(), ['admin', ...root, 'create-user', ...added]);
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true });
  });

  async function storeWithout(bucket: string, denied: string): Promise<S3Store> {
    await server.makeBucket(bucket);
    const resources = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
    const statement = (Effect: string, Action: string): object => ({
      Effect,
      Action,
      Principal: { AWS: [user.accessKeyId] },
      Resource: Action === 's3:*' ? resources : resources[Action.includes('Bucket') ? 0 : 1],
    });
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [statement('Allow', 's3:*'), statement('Deny', denied)],
    });
    await server.client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    const spec = server.spec(bucket, { credentialsSecretRef: { name: 'limited' } });
    return new S3Store(spec, { credentials: user }, impatient);
  }

  const cases: [string, string, string][] = [
    [
      's3:PutObject',
      'put',
      'denies s3:PutObject on b-s3-putobject/key: grant it to the key in Secret limited',
    ],
    ['s3:PutObject', 'put in parts', 'denies s3:PutObject on '],
    ['s3:GetObject', 'get', 'denies s3:GetObject'],
    ['s3:GetObject', 'head', 'denies s3:GetObject'],
    ['s3:DeleteObject', 'delete', 'denies s3:DeleteObject on '],
    ['s3:ListBucket', 'list', 'denies s3:ListBucket on bucket '],
    ['s3:ListBucketMultipartUploads', 'sweep', 'denies s3:ListBucketMultipartUploads on bucket '],
  ];
  it.each(cases)('is told which permission is missing: %s at %s', async (permission, use, says) => {
    const bucket = `b-${permission.replace(':', '-').toLowerCase()}`;
    const store = await storeWithout(bucket, permission).catch((error: unknown) => {
      if (!String(error).includes('BucketAlready')) throw error;
      const spec = server.spec(bucket, { credentialsSecretRef: { name: 'limited' } });
      return new S3Store(spec, { credentials: user }, impatient);
    });
    const all = new S3Store(server.spec(bucket), server.access);
    await all.put('key', Buffer.from('bytes'));
    const work = uses.find(([other]) => other === use)?.[1];
    expect(await faultOf(work?.(store) ?? Promise.resolve())).toMatchObject({
      reason: 'StoreAccessDenied',
      message: expect.stringContaining(says) as unknown,
    });
    await Promise.all([store.close(), all.close()]);
  });
});
