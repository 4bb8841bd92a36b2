import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Decrypter } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from './harness/cluster.ts';
import { kubectlFor } from './harness/kubectl.ts';
import { openCluster } from './harness/open.ts';
import { fetchBucket, parseManifest } from './stage/bucket.ts';
import { install } from './stage/install.ts';
import { keepWhatFailed } from './stage/keep.ts';
import { apply, backupOf, holdRuns, objectsIn, quiet, workerPod } from './stage/objects.ts';
import type { Objects } from './stage/objects.ts';
import { furnishShop } from './stage/shop.ts';
import type { Shop } from './stage/shop.ts';

const namespace = 'canary';
const operatorNamespace = 'pgcairn-system';
let cluster: Cluster;
let shop: Shop;
let objects: Objects;
/** What must appear nowhere, by what it is. */
const canaries = new Map<string, string>();
/** Arguments and environments of every process of a worker that is at its dump. */
let processes = '';

keepWhatFailed(namespace, operatorNamespace);

beforeAll(async () => {
  cluster = await openCluster();
  await install(cluster);
  shop = await furnishShop(cluster, namespace, { folder: join(tmpdir(), `pgcairn-${namespace}`) });
  objects = objectsIn(cluster, namespace);
  const { password, secretKey, accessKey, manifests } = shop.secrets;
  plant('password of the database', password);
  plant('secret key of the store', secretKey);
  plant('access key of the store', accessKey);
  plant('signing key', signingKeyLine(manifests));
  await shop.applySamples();
  await shop.kubectl(['wait', 'pgrepo/offsite', '--for=condition=Ready', '--timeout=280s']);
}, 30 * 60_000);

afterAll(() => shop.remove());

/** Remembers a secret, and the forms in which it could leak. */
function plant(what: string, text: string): string {
  canaries.set(what, text);
  canaries.set(`${what}, escaped`, encodeURIComponent(text));
  canaries.set(`${what}, in base64`, Buffer.from(text).toString('base64').replace(/=+$/, ''));
  return text;
}

function signingKeyLine(manifests: readonly object[]): string {
  const pem = /BEGIN PRIVATE KEY-----\\n([\w+/=]+)/.exec(JSON.stringify(manifests))?.[1];
  if (pem === undefined) throw new Error('the shop has no signing key');
  return pem;
}

/** A secret with characters that URIs and shells treat in their own ways. */
function fresh(what: string): string {
  return plant(what, `${randomBytes(9).toString('hex')}@/ %'${randomBytes(3).toString('hex')}`);
}

function secret(name: string, stringData: Record<string, string>): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData };
}

function uri(what: string, { password = fresh(what), host = 'shop-db', port = '5432' } = {}): string {
  return plant(
    `connection string (${what})`,
    `postgresql://postgres:${encodeURIComponent(password)}@${host}:${port}/shop?sslmode=prefer`,
  );
}

function failing(name: string, spec: object = {}): object {
  const connection = { secretRef: { name }, tls: { mode: 'Prefer' } };
  return backupOf(name, { connection, ...spec });
}

function repository(name: string, changes: { s3?: object; signing?: string }): object {
  const s3 = {
    bucket: 'acme-backups',
    prefix: name,
    endpoint: 'http://s3:7070',
    credentialsSecretRef: { name: 'offsite-s3' },
    ...changes.s3,
  };
  const signing = { keySecretRef: { name: changes.signing ?? 'pgcairn-signing' } };
  const encryption = { age: { recipients: [shop.secrets.recipient] } };
  return {
    apiVersion: 'pgcairn.dev/v1alpha1',
    kind: 'BackupRepository',
    metadata: { name },
    spec: { s3, encryption, signing },
  };
}

describe('secrets', () => {
  it('are not in arguments or environments of a worker at its dump', async () => {
    const { password } = shop.secrets;
    const connection = { secretRef: { name: 'by-uri' }, tls: { mode: 'Prefer' } };
    await using lock = await holdRuns(shop);
    await apply(
      shop,
      secret('by-uri', { DATABASE_URL: uri('good', { password }) }),
      backupOf('by-uri', { connection }),
    );
    const { name } = await workerPod(cluster, namespace);
    const watching = kubectlFor(cluster).try(
      ['exec', name, '-n', namespace, '--', 'node', '-e', readProcesses],
      { timeoutMilliseconds: 100_000 },
    );
    await quiet(3);
    await lock.release();
    processes = (await watching).stdout;
    const record = await objects.firstRun('by-uri');

    expect(record.outcome).toBe('Succeeded');
    expect(processes).toMatch(/^\d+ environ .*PATH=/m);
    expect(processes).toMatch(/^\d+ cmdline \S*pg_dump /m);
    expect(found({ processes })).toEqual([]);
  });

  it('are part of runs and probes that fail in many ways', async () => {
    const tls = { mode: 'VerifyFull' };
    const wrong = {
      AWS_ACCESS_KEY_ID: 'AKIAWRONG',
      AWS_SECRET_ACCESS_KEY: fresh('wrong key').replace(' ', ''),
    };
    const pem = `-----BEGIN PRIVATE KEY-----\n${plant('broken signing key', randomBytes(40).toString('base64'))}\n-----END PRIVATE KEY-----\n`;
    const login = { host: 'shop-db', username: 'postgres', dbname: 'shop' };
    plant('wrong key, bare', wrong.AWS_SECRET_ACCESS_KEY);
    await apply(
      shop,
      secret('wrong-password', { ...login, password: fresh('wrong password') }),
      secret('no-host', { uri: uri('no host', { host: 'no-such-host.example' }) }),
      secret('no-uri', { url: uri('no uri', { port: 'five' }) }),
      secret('no-tls', { ...login, password: shop.secrets.password }),
      secret('wrong-key', wrong),
      secret('other-key', { key: fresh('other key') }),
      secret('bad-pem', { 'signing.key': pem }),
      repository('wrong-key', { s3: { credentialsSecretRef: { name: 'wrong-key' } } }),
      repository('other-key', { s3: { credentialsSecretRef: { name: 'other-key' } } }),
      repository('bad-pem', { signing: 'bad-pem' }),
      repository('no-https', { s3: { endpoint: 'https://s3:7070' } }),
      failing('wrong-password'),
      failing('no-host', { limits: { retries: 0 } }),
      failing('no-uri'),
      failing('no-tls', { connection: { secretRef: { name: 'no-tls' }, tls } }),
    );

    const runs = ['wrong-password', 'no-host', 'no-uri', 'no-tls'].map((name) => objects.firstRun(name));
    const probes = Object.entries({
      'wrong-key': 'StoreCredentialsRefused',
      'other-key': 'SecretKeyMissing',
      'bad-pem': 'SigningKeyInvalid',
      'no-https': 'StoreTlsNotTrusted',
    }).map(([name, reason]) => objects.reason('pgrepo', name, 'Ready', reason));

    expect((await Promise.all(runs)).map(({ reason }) => reason)).toEqual([
      'WrongPassword',
      'CannotConnect',
      'SecretInvalid',
      'DatabaseTlsUnavailable',
    ]);
    await Promise.all(probes);
  });

  it('are in no log, object, Event, metric or stored byte', async () => {
    const everything = {
      logs: await logs(),
      objects: await allObjects(),
      metrics: await metrics(),
      processes,
      bucket: await bucketText(),
    };

    expect(found(everything)).toEqual([]);
    expect(everything.logs).toContain('task begins');
    expect(everything.logs).toContain('operator starts');
    expect(everything.objects).toMatch(/"kind": ?"Event"/);
    expect(everything.objects).toContain('RunFailed');
    expect(everything.objects).toContain('terminationMessagePath');
    expect(everything.metrics).toContain('leader_election_master_status');
    expect(everything.bucket).toContain('predicate');
    expect(everything.bucket).toContain('Backups of PostgreSQL');
    expect(everything.bucket).toContain('CREATE ROLE');
  });

  it('would be found: one that is planted in the open is', async () => {
    const { password } = shop.secrets;
    const data = { open: password, escaped: encodeURIComponent(password) };
    await apply(shop, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'leak' }, data });

    expect(found({ objects: await allObjects() })).toContain('password of the database in objects');
  });
});

/** Prints arguments and environment of every process, each when it is first seen, until the container ends. */
const readProcesses = `
  const seen = new Set();
  const say = (line) => seen.has(line) || (seen.add(line), console.log(line));
  setInterval(() => {
    for (const id of fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)))
      for (const file of ['cmdline', 'environ'])
        try {
          say(id + ' ' + file + ' ' + fs.readFileSync('/proc/' + id + '/' + file, 'latin1').replaceAll('\\0', ' '));
        } catch {}
  }, 20)`;

/** Which canary is in which text; never its value. */
function found(texts: Readonly<Record<string, string>>): string[] {
  return Object.entries(texts).flatMap(([where, text]) =>
    [...canaries].filter(([, canary]) => text.includes(canary)).map(([what]) => `${what} in ${where}`),
  );
}

async function logs(): Promise<string> {
  const kubectl = kubectlFor(cluster);
  const all = ['--all-containers', '--tail=-1', '--prefix', '--max-log-requests=50', '--ignore-errors'];
  const workers = await kubectl.run(['logs', '-n', namespace, '-l', 'pgcairn.dev/task-kind', ...all]);
  const chart = 'app.kubernetes.io/name=pgcairn';
  return workers + (await kubectl.run(['logs', '-n', operatorNamespace, '-l', chart, ...all]));
}

/** Every object of the two namespaces that can be listed, but Secrets. */
async function allObjects(): Promise<string> {
  const kubectl = kubectlFor(cluster);
  const kinds = (await kubectl.run(['api-resources', '--namespaced', '--verbs=list', '-o', 'name']))
    .split('\n')
    .filter((kind) => kind !== '' && kind !== 'secrets' && !/metrics\.k8s\.io|test\.pgcairn\.dev/.test(kind));
  const get = (where: string): Promise<string> =>
    kubectl.run(['get', kinds.join(','), '-n', where, '-o', 'json', '--show-managed-fields']);
  return (await get(namespace)) + (await get(operatorNamespace));
}

async function metrics(): Promise<string> {
  const kubectl = kubectlFor(cluster);
  const chart = 'app.kubernetes.io/name=pgcairn';
  const pods = await kubectl.run(['get', 'pods', '-n', operatorNamespace, '-l', chart, '-o', 'name']);
  const texts = pods
    .split('\n')
    .filter(Boolean)
    .map((pod) => {
      const path = `pods/${pod.replace('pod/', '')}:8080/proxy/metrics`;
      return kubectl.run(['get', '--raw', `/api/v1/namespaces/${operatorNamespace}/${path}`]);
    });
  return (await Promise.all(texts)).join('\n');
}

/** Keys and bytes of the whole bucket; manifests decoded, and what is encrypted also decrypted. */
async function bucketText(): Promise<string> {
  const identity = /AGE-SECRET-KEY-\S+/.exec(readFileSync(shop.secrets.files.identity, 'utf8'))?.[0] ?? '';
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  const texts: string[] = [];
  for (const [key, bytes] of await fetchBucket(shop)) {
    texts.push(key, bytes.toString('latin1'));
    if (key.endsWith('manifest.json')) texts.push(parseManifest(bytes).statement);
    if (key.endsWith('.age')) texts.push(Buffer.from(await decrypter.decrypt(bytes)).toString('latin1'));
  }
  return texts.join('\n');
}
