import { readFileSync } from 'node:fs';
import { buildServerImage, buildS3Image } from '../../../scripts/images/test-servers.ts';
import type { Certificate } from '../../integration/servers/certificates.ts';
import { issueCertificate, makeAuthority } from '../../integration/servers/certificates.ts';
import type { Cluster } from '../harness/cluster.ts';
import type { ManifestObject } from '../harness/kubectl.ts';
import { kubectlFor } from '../harness/kubectl.ts';
import type { Shop } from '../stage/shop.ts';

/** What rows write into Secrets of their own. */
export interface Furniture {
  /** Good keys for the shop's S3 server. */
  readonly s3: Readonly<Record<string, string>>;
  /** A good connection to the shop's database. */
  readonly database: Readonly<Record<string, string>>;
}

/** The shop's own keys. */
export function furnitureOf({ secrets }: Shop): Furniture {
  return {
    s3: { AWS_ACCESS_KEY_ID: secrets.accessKey, AWS_SECRET_ACCESS_KEY: secrets.secretKey },
    database: {
      host: 'shop-db',
      port: '5432',
      dbname: 'shop',
      username: 'postgres',
      password: secrets.password,
    },
  };
}

/**
 * What the rows meet beside the shop: servers with TLS (`tls-db`, `expired-db`, `s3-tls`, `s3-expired`, and the first
 * of each under a second name, `alias-db` and `s3-alias`), the authorities `private-ca` (theirs) and `other-ca`, claims
 * with something wrong, roles without rights, and databases that are closed, large or named with quotes.
 */
export async function furnish(cluster: Cluster, shop: Shop, folder: string): Promise<void> {
  const images = {
    postgres: await cluster.loadImage(await buildServerImage('16')),
    s3: await cluster.loadImage(await buildS3Image()),
  };
  const tls = await certificates(folder);
  const objects = [...tls.secrets, ...servers(images), ...claims(cluster, shop.namespace)];
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  await shop.kubectl(['apply', '-f', '-'], list);
  await shop.psql(roles);
  for (const [name, sql] of databases) {
    await shop.psql(`CREATE DATABASE ${quoted(name)}`, { database: 'postgres' });
    await shop.psql(sql, { database: name });
  }
  await shop.psql('ALTER DATABASE closed ALLOW_CONNECTIONS false', { database: 'postgres' });
  const deployments = ['tls-db', 'expired-db', 's3-tls', 's3-expired'].map((name) => `deployment/${name}`);
  await shop.kubectl(['rollout', 'status', ...deployments, '--timeout=180s']);
}

/** Removes what lies outside the namespace. */
export async function clearOut(cluster: Cluster, namespace: string): Promise<void> {
  const kubectl = kubectlFor(cluster);
  const name = `${namespace}-read-only`;
  await kubectl.run(['delete', 'storageclass', name, '--ignore-not-found']);
  await kubectl.run(['delete', 'pv', `${namespace}-of-another-user`, '--ignore-not-found', '--wait=false']);
}

export const quotedDatabase = `Grüße "aus" Köln's Büro`;

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

const roles = `
  CREATE ROLE nologin PASSWORD 'not-a-name' NOLOGIN;
  CREATE ROLE reader PASSWORD 'not-a-name' LOGIN;
  CREATE ROLE guarded PASSWORD 'not-a-name' LOGIN IN ROLE pg_read_all_data;`;

const databases: readonly (readonly [string, string])[] = [
  ['closed', 'SELECT'],
  [
    'tenants',
    'CREATE TABLE account AS SELECT 1 AS id; ALTER TABLE account ENABLE ROW LEVEL SECURITY; CREATE POLICY none ON account USING (false)',
  ],
  ['locked', 'CREATE TABLE t AS SELECT 1 AS n'],
  // Digests do not compress: this does not fit on the claim `small`.
  [
    'bulky',
    'CREATE TABLE t AS SELECT sha512(random()::text::bytea) AS noise FROM generate_series(1, 900000)',
  ],
  [
    quotedDatabase,
    `CREATE SCHEMA "Shop's"; CREATE TABLE "Shop's"."Order ""Items"" $1; --" AS SELECT 1 AS n;
     CREATE TABLE "Shop's".other AS SELECT 2 AS n`,
  ],
];

async function certificates(folder: string): Promise<{ secrets: ManifestObject[] }> {
  const authority = await makeAuthority(folder, 'private-ca');
  const other = await makeAuthority(folder, 'other-ca');
  const issue = (name: string, expired: boolean): Promise<Certificate> =>
    issueCertificate(folder, authority, { name, subjectAltName: `DNS:${name}`, expired });
  const servers = [
    ['tls-db', await issue('tls-db', false)],
    ['expired-db', await issue('expired-db', true)],
    ['s3-tls', await issue('s3-tls', false)],
    ['s3-expired', await issue('s3-expired', true)],
  ] as const;
  const read = (path: string): string => readFileSync(path, 'utf8');
  return {
    secrets: [
      secret('private-ca', { 'ca.crt': read(authority.certificate) }),
      secret('other-ca', { 'ca.crt': read(other.certificate) }),
      secret('no-ca', { 'ca.crt': 'to be filled in by the platform team\n' }),
      ...servers.map(([name, { certificate, key }]) =>
        secret(`${name}-tls`, { 'tls.crt': read(certificate), 'tls.key': read(key) }),
      ),
    ],
  };
}

export function secret(name: string, stringData: Readonly<Record<string, string>>): ManifestObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData };
}

function servers(images: { postgres: string; s3: string }): ManifestObject[] {
  const key = (env: string, name: string): object => ({
    name: env,
    valueFrom: { secretKeyRef: { name: 'offsite-s3', key: name } },
  });
  const postgres = {
    image: images.postgres,
    port: 5432,
    env: [
      { name: 'POSTGRES_PASSWORD', valueFrom: { secretKeyRef: { name: 'shop-db', key: 'password' } } },
      { name: 'PGDATA', value: '/var/lib/postgresql/data/pgdata' },
    ],
    tls: '/etc/postgresql/tls',
    folders: ['/var/lib/postgresql/data', '/var/run/postgresql', '/tmp'],
  };
  const s3 = {
    image: images.s3,
    port: 7070,
    env: [
      key('ROOT_ACCESS_KEY', 'AWS_ACCESS_KEY_ID'),
      key('ROOT_SECRET_KEY', 'AWS_SECRET_ACCESS_KEY'),
      { name: 'BUCKETS', value: 'acme-backups' },
    ],
    tls: '/tls',
    folders: ['/data', '/tmp'],
  };
  return [
    ...server('tls-db', postgres),
    ...server('expired-db', postgres),
    ...server('s3-tls', s3),
    ...server('s3-expired', s3),
    service('alias-db', 'tls-db', 5432),
    service('s3-alias', 's3-tls', 7070),
  ];
}

interface Server {
  readonly image: string;
  readonly port: number;
  readonly env: readonly object[];
  /** Where it looks for its certificate. */
  readonly tls: string;
  /** Where it writes. */
  readonly folders: readonly string[];
}

function server(name: string, { image, port, env, tls, folders }: Server): ManifestObject[] {
  const container = {
    name: 'server',
    image,
    imagePullPolicy: 'IfNotPresent',
    env,
    resources: { requests: { cpu: '10m' } },
    readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'tls', mountPath: tls, readOnly: true },
      ...folders.map((mountPath, index) => ({ name: `folder-${index}`, mountPath })),
    ],
  };
  const podSpec = {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 10_001,
      runAsGroup: 10_001,
      fsGroup: 10_001,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [container],
    volumes: [
      { name: 'tls', secret: { secretName: `${name}-tls` } },
      ...folders.map((_, index) => ({ name: `folder-${index}`, emptyDir: {} })),
    ],
  };
  const labels = { app: name };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec } },
  };
  return [deployment, service(name, name, port)];
}

function service(name: string, app: string, port: number): ManifestObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app }, ports: [{ port }] },
  };
}

function claims(cluster: Cluster, namespace: string): ManifestObject[] {
  const claim = (name: string, storage: string, storageClassName: string): ManifestObject => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage } } },
  });
  const everywhere = [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `${namespace}-of-another-user` },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: '',
        // kubelet gives no group to a host path: for the worker it is as root has made it.
        hostPath: { path: '/usr', type: 'Directory' },
        claimRef: { namespace, name: 'of-another-user' },
      },
    },
    claim('of-another-user', '1Gi', ''),
  ];
  if (cluster.name !== 'native') return everywhere;
  return [
    ...everywhere,
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: `${namespace}-read-only` },
      provisioner: 'cluster.test/local',
      volumeBindingMode: 'WaitForFirstConsumer',
      mountOptions: ['ro'],
    },
    claim('read-only', '64Mi', `${namespace}-read-only`),
    claim('tiny', '8Mi', 'sized'),
    claim('small', '48Mi', 'sized'),
  ];
}
