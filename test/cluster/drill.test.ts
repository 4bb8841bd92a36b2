import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBusyboxImage } from '../../scripts/images/busybox.ts';
import type { Cluster } from './harness/cluster.ts';
import { kubectlFor, waitFor } from './harness/kubectl.ts';
import { openCluster } from './harness/open.ts';
import { drillOf, drillsIn, modest } from './stage/drills.ts';
import type { Drills } from './stage/drills.ts';
import { fetchEvidence, verifyEvidence } from './stage/evidence.ts';
import { install } from './stage/install.ts';
import type { Installation } from './stage/install.ts';
import { keepWhatFailed } from './stage/keep.ts';
import { apply, objectsIn } from './stage/objects.ts';
import type { Objects } from './stage/objects.ts';
import { furnishShop } from './stage/shop.ts';
import type { Shop } from './stage/shop.ts';

const namespace = 'drills';
let cluster: Cluster;
let installation: Installation;
let shop: Shop;
let objects: Objects;
let drills: Drills;

keepWhatFailed(namespace, 'pgcairn-system');

beforeAll(async () => {
  cluster = await openCluster();
  installation = await install(cluster);
  shop = await furnishShop(cluster, namespace, { folder: join(tmpdir(), `pgcairn-${namespace}`) });
  objects = objectsIn(cluster, namespace);
  drills = drillsIn(cluster, namespace);
  await apply(shop, shop.secrets.identity);
  await shop.applySamples();
  await objects.reason('pgrepo', 'offsite', 'Ready', 'ProbePassed');
  await objects.runNow('shop');
}, 30 * 60_000);

afterAll(() => shop.remove());

async function request(name: string): Promise<void> {
  const annotation = `pgcairn.dev/run-requested=${Date.now()}`;
  await shop.kubectl(['annotate', 'pgdrill', name, annotation, '--overwrite']);
}

async function condition(name: string, type: string): Promise<{ readonly reason?: string } | undefined> {
  const { status } = await drills.get(name);
  return status?.conditions?.find((one) => one.type === type);
}

describe("a drill of the demo's database", () => {
  it('passes, and says what it measured where people look', async () => {
    await shop.applyDrill();
    await request('shop-monthly');

    const record = await drills.ended('shop-monthly');

    expect(record).toMatchObject({ verdict: 'Passed', trigger: 'Request', evidence: { signed: true } });
    expect(record.tables).toBeGreaterThan(10);
    expect(await condition('shop-monthly', 'Ready')).toMatchObject({ status: 'True', reason: 'Scheduled' });
    expect(await condition('shop-monthly', 'Verified')).toMatchObject({ status: 'True', reason: 'Proven' });
    const columns = (await shop.kubectl(['get', 'pgdrill', 'shop-monthly', '--no-headers'])).split(/ +/);
    expect(columns.slice(0, 3)).toEqual(['shop-monthly', 'shop', 'Passed']);
    expect(columns[3]).toMatch(/^[0-9]+s$/);
    // The backup hears of it a moment later.
    const proof = await waitFor(
      'the backup to be proven',
      async () => (await objects.backup('shop')).status?.lastProven,
      { timeoutSeconds: 30 },
    );
    expect(proof).toMatchObject({ drill: 'shop-monthly', runId: record.backupRunId });
  });

  it('leaves evidence that holds for who has openssl alone, and not when a byte of it is another', async () => {
    await request('shop-monthly');
    await drills.ended('shop-monthly', 2);

    const evidence = await fetchEvidence(shop, 'shop-monthly');

    expect(await verifyEvidence(shop, evidence)).toMatchObject({ holds: true });
    expect([...evidence.keys()].filter((key) => key.endsWith('/evidence.html'))).toHaveLength(2);
    const unnoticed: string[] = [];
    for (const [path, bytes] of evidence) {
      const changed = Buffer.from(bytes);
      const place = Math.floor(changed.length / 2);
      changed[place] = (changed[place] ?? 0) ^ 1;
      const { holds } = await verifyEvidence(shop, new Map([...evidence, [path, changed]]));
      if (holds) unnoticed.push(path);
    }
    expect(unnoticed).toEqual([]);
  });

  it('runs by its schedule, and not while it is suspended', async () => {
    await apply(shop, drillOf('minutely', { schedule: '* * * * *' }));
    const record = await drills.ended('minutely');
    await apply(shop, drillOf('minutely', { schedule: '* * * * *', suspend: true }));
    expect(record).toMatchObject({ verdict: 'Passed', trigger: 'Schedule' });
    await waitFor(
      'the drill to be suspended',
      async () => (await condition('minutely', 'Ready'))?.reason === 'Suspended',
      { timeoutSeconds: 60 },
    );
    expect((await drills.get('minutely')).status?.nextRunTime).toBeUndefined();
  });
});

describe('drills of other kinds', () => {
  beforeAll(async () => {
    const psql = (sql: string): readonly string[] => [
      'sh',
      '-c',
      `psql "$DATABASE_URL" -XAtc "${sql}" | grep -qx t`,
    ];
    const server = 'require("http").createServer((_, r) => r.end("ok")).listen(8080)';
    const application = { image: shop.serverImage, timeoutSeconds: 60 };
    const busybox = await cluster.loadImage(await buildBusyboxImage());
    const volume = { storageClassName: 'standard', size: '1Gi' };
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'shelf' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    await apply(
      shop,
      drillOf('good-application', {
        checks: {
          application: { ...application, command: psql('SELECT count(*) > 100 FROM shop.customer') },
        },
      }),
      drillOf('bad-application', {
        checks: { application: { ...application, command: ['sh', '-c', 'echo canary; exit 1'] } },
      }),
      drillOf('web-application', {
        checks: {
          application: {
            image: installation.operatorImage,
            command: ['node', '-e', server],
            http: { path: '/health', port: 8080 },
          },
        },
      }),
      drillOf('lost-backup', {
        source: { repository: { repositoryRef: { name: 'offsite' }, path: `${namespace}/shop` } },
        server: { ...modest.server, image: shop.serverImage },
      }),
      drillOf('own-volume', { server: { ...modest.server, volume } }),
      drillOf('unfit', { server: { ...modest.server, image: busybox } }),
      drillOf('wrong-key', { identitySecretRef: { name: 'shop-db', key: 'password' } }),
      drillOf('too-small', { server: { ...modest.server, volume: { size: '60Mi' } } }),
      drillOf('no-image', { server: { ...modest.server, image: 'registry.invalid/postgres:16' } }),
      claim,
    );
  });

  it.each([
    ['good-application', 'Passed', 'Passed'],
    ['bad-application', 'Failed', 'Application'],
    ['web-application', 'Passed', 'Passed'],
    ['lost-backup', 'Passed', 'Passed'],
    ['own-volume', 'Passed', 'Passed'],
    ['unfit', 'Inconclusive', 'DrillServerUnfit'],
    ['wrong-key', 'Inconclusive', 'IdentityInvalid'],
    ['too-small', 'Inconclusive', 'DrillVolumeTooSmall'],
  ])('%s comes to %s by %s', async (name, verdict, reason) => {
    expect(await drills.ended(name)).toMatchObject({ verdict, reason });
  });

  it('a volume that is too small is told of before it is full, with evidence', async () => {
    expect(await drills.ended('too-small')).toMatchObject({
      message: expect.stringMatching(/volume has 60 MiB free, and run .* needs/) as string,
      evidence: { path: expect.any(String) as string },
    });
  });

  it('an image that cannot be had is named, with the container that it is for', async () => {
    const words = await waitFor(
      'the condition',
      async () => {
        const found = (await condition('no-image', 'Reconciling')) as
          { reason: string; message: string } | undefined;
        return found?.reason === 'ImageUnavailable' ? found.message : undefined;
      },
      { timeoutSeconds: 120, describe: () => shop.kubectl(['describe', 'pgdrill', 'no-image']) },
    );
    expect(words).toContain('the image of server');
    expect(words).toContain('registry.invalid/postgres:16');
  });

  it('the words of an application, which may hold values, are in no evidence', async () => {
    await drills.ended('bad-application');
    const evidence = await fetchEvidence(shop, 'bad-application');
    expect(evidence.size).toBe(3);
    const words = [...evidence.values()].map((bytes) => bytes.toString()).join('');
    expect(words).toContain('Application');
    expect(words).not.toContain('canary');
  });

  it('go with their pods and volumes when they are deleted, also while they wait for an image', async () => {
    await drills.ended('own-volume');
    await shop.kubectl(['delete', 'pgdrill', 'own-volume', 'no-image', '--timeout=120s']);
    const left = async (): Promise<readonly string[]> => {
      const names = await shop.kubectl(['get', 'jobs,pods,pvc,netpol', '-o', 'name']);
      return names.split('\n').filter((name) => /own-volume|no-image/.test(name));
    };
    await waitFor('nothing of them to be left', async () => (await left()).length === 0, {
      timeoutSeconds: 120,
    }).catch(() => undefined);
    expect(await left()).toEqual([]);
  });
});

describe('the pod of a drill', () => {
  interface Pod {
    readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
    readonly spec: {
      readonly initContainers?: readonly Container[];
      readonly containers: readonly Container[];
      readonly volumes?: readonly {
        readonly name: string;
        readonly secret?: { readonly secretName: string };
      }[];
    };
    readonly status: { readonly podIP: string };
  }
  interface Container {
    readonly name: string;
    readonly volumeMounts?: readonly { readonly name: string }[];
  }
  let pod: string;

  beforeAll(async () => {
    const assertions = [{ name: 'no', sql: 'SELECT 1', expect: { equals: '2' } }];
    await apply(shop, drillOf('kept', { checks: { assertions }, keepFailedSeconds: 600 }));
    pod = await drills.pod('kept');
    await waitFor(
      'the drill to have its verdict',
      async () => (await shop.kubectl(['logs', pod, '-c', 'worker'])).includes('its server stays for a look'),
      { timeoutSeconds: 120, describe: () => shop.kubectl(['logs', pod, '-c', 'worker']) },
    );
    await drills.ended('kept');
  });

  /** What becomes of connections that the worker's container opens. */
  async function dial(targets: Readonly<Record<string, readonly [host: string, port: number]>>) {
    const program = `
      const { connect } = require('node:net');
      const targets = ${JSON.stringify(targets)};
      const dial = ([name, [host, port]]) => new Promise((resolve) => {
        const socket = connect({ host, port, timeout: 3000 });
        const end = (how) => { socket.destroy(); resolve([name, how]); };
        socket.on('connect', () => end('connected')).on('timeout', () => end('nothing'))
          .on('error', (error) => end(error.code));
      });
      Promise.all(Object.entries(targets).map(dial)).then((all) => console.log(JSON.stringify(Object.fromEntries(all))));`;
    const said = await shop.kubectl(['exec', pod, '-c', 'worker', '--', 'node', '-e', program]);
    return JSON.parse(said) as Record<string, string>;
  }

  it('reaches the store, and nothing else', async () => {
    const ip = async (what: string, where: string, path: string): Promise<string> =>
      kubectlFor(cluster).run(['get', ...what.split(' '), '-n', where, '-o', `jsonpath=${path}`]);
    const podIp = '{.items[0].status.podIP}';
    const store = await ip('pods -l app=s3', namespace, podIp);
    const said = await dial({
      store: ['s3', 7070],
      storeByAddress: [store, 7070],
      storeElsewhere: [store, 22],
      database: [await ip('pods -l app=shop-db', namespace, podIp), 5432],
      databaseService: [await ip('service shop-db', namespace, '{.spec.clusterIP}'), 5432],
      databaseByName: ['shop-db', 5432],
      apiServer: [await ip('service kubernetes', 'default', '{.spec.clusterIP}'), 443],
      nameService: [await ip('pods -l k8s-app=kube-dns', 'kube-system', podIp), 53],
      operator: [await ip('pods -l app.kubernetes.io/name=pgcairn', installation.namespace, podIp), 8080],
      metadata: ['169.254.169.254', 80],
      outside: ['192.0.2.1', 443],
    });
    const { store: byName, storeByAddress, ...rest } = said;
    expect({ byName, storeByAddress }).toEqual({ byName: 'connected', storeByAddress: 'connected' });
    expect(Object.entries(rest).filter(([, how]) => how === 'connected')).toEqual([]);
    expect(rest['databaseByName']).toMatch(/EAI_AGAIN|ENOTFOUND|nothing/);
  });

  it('holds the private key in its worker alone, and no other pod holds it', async () => {
    const pods = await kubectlFor(cluster).list<Pod>('pods', namespace);
    const holding = pods.flatMap(({ metadata, spec }) => {
      const volumes = (spec.volumes ?? []).filter(({ secret }) => secret?.secretName === 'shop-age-identity');
      const names = volumes.map(({ name }) => name);
      return [...(spec.initContainers ?? []), ...spec.containers]
        .filter(({ volumeMounts = [] }) => volumeMounts.some(({ name }) => names.includes(name)))
        .map(({ name }) => `${metadata.labels?.['pgcairn.dev/task-kind'] ?? metadata.name}/${name}`);
    });
    const kinds = pods.map(({ metadata }) => metadata.labels?.['pgcairn.dev/task-kind']);
    expect(kinds).toEqual(expect.arrayContaining([undefined, 'probe', 'backup', 'drill']));
    expect(new Set(holding)).toEqual(new Set(['drill/worker']));
    const found = await Promise.all(
      ['worker', 'server'].map(async (container) => {
        const list = ['exec', pod, '-c', container, '--', 'sh', '-c', 'ls /run/pgcairn'];
        return [container, (await shop.kubectl(list)).split('\n').includes('identity')];
      }),
    );
    expect(Object.fromEntries(found)).toEqual({ worker: true, server: false });
  });

  it('shows its server the folder of the server alone, and its worker all of the volume', async () => {
    const list = async (container: string): Promise<readonly string[]> =>
      (await shop.kubectl(['exec', pod, '-c', container, '--', 'sh', '-c', 'ls /run/pgcairn/drill'])).split(
        '\n',
      );
    expect(await list('server')).toEqual(['data', 'home', 'tmp']);
    expect(await list('worker')).toEqual(['copy', 'plain', 'scratch', 'server']);
  });

  it('keeps the server of a failed drill for a look with its verdict in status, and goes with its object', async () => {
    const rows = await shop.kubectl([
      'exec',
      pod,
      '-c',
      'server',
      '--',
      'sh',
      '-c',
      'psql -h /run/pgcairn/socket -U postgres -d shop -XAtc "SELECT count(*) > 100 FROM shop.customer"',
    ]);
    expect(rows.trim()).toBe('t');
    expect((await drills.get('kept')).status?.lastRun).toMatchObject({
      verdict: 'Failed',
      reason: 'Assertion',
    });
    expect(await condition('kept', 'LastRunSucceeded')).toMatchObject({
      message: expect.stringContaining(`pod ${pod} stays for a look`) as string,
    });
    expect(await shop.kubectl(['get', 'pod', pod, '-o', 'jsonpath={.status.phase}'])).toBe('Running');
    await shop.kubectl(['delete', 'pgdrill', 'kept', '--timeout=120s']);
    await waitFor(
      'the pod to go',
      async () => (await kubectlFor(cluster).get('pod', pod, namespace)) === undefined,
      { timeoutSeconds: 120 },
    );
  });
});
