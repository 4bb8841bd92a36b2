import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kstatus } from '../builders/kstatus.ts';
import type { Cluster } from './harness/cluster.ts';
import type { Kubectl } from './harness/kubectl.ts';
import { kubectlFor, waitFor } from './harness/kubectl.ts';
import { openCluster } from './harness/open.ts';
import { install } from './stage/install.ts';
import { keepWhatFailed } from './stage/keep.ts';
import { apply, backupOf, holdRuns, objectsIn, quiet, workerPod } from './stage/objects.ts';
import { furnishShop } from './stage/shop.ts';
import type { Shop } from './stage/shop.ts';

const namespace = 'steady';
const operatorNamespace = 'pgcairn-system';
const chart = 'app.kubernetes.io/name=pgcairn';

interface Live {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation?: number;
    readonly resourceVersion: string;
    readonly deletionTimestamp?: string;
  };
  readonly status?: object;
  /** Of an Event. */
  readonly regarding?: { readonly kind: string };
}

let cluster: Cluster;
let kubectl: Kubectl;
let shop: Shop;

keepWhatFailed(namespace, operatorNamespace);

beforeAll(async () => {
  cluster = await openCluster();
  kubectl = kubectlFor(cluster);
  await install(cluster);
  shop = await furnishShop(cluster, namespace, { folder: join(tmpdir(), `pgcairn-${namespace}`) });
  await shop.applySamples();
  await apply(shop, backupOf('once'), backupOf('lost', { repositoryRef: { name: 'nowhere' } }));
  const objects = objectsIn(cluster, namespace);
  await objects.firstRun('once');
  await objects.runNow('shop');
  await objects.reason('pgbackup', 'lost', 'Ready', 'RepositoryMissing');
}, 30 * 60_000);

afterAll(() => shop.remove());

describe('a settled installation', () => {
  it('writes nothing after a restart of the operator but the Lease of its leader', async () => {
    await untilSettled();
    const before = await versions();
    const writesBefore = await writes();

    await kubectl.run(['rollout', 'restart', 'deployment/pgcairn', '-n', operatorNamespace]);
    const status = ['rollout', 'status', 'deployment/pgcairn', '-n', operatorNamespace, '--timeout=120s'];
    await kubectl.run(status, { timeoutMilliseconds: 130_000 });
    await leader();
    await quiet(60);

    expect(Object.keys(before).length).toBeGreaterThan(8);
    expect(await versions()).toEqual(before);
    expect(await writes()).toEqual(writesBefore);
    // PUT is the Lease's.
    expect(Object.keys(await requestsOfLeader()).toSorted(byName)).toEqual(['GET', 'PUT']);
  });

  it('has objects that GitOps tools judge Current, and one that waits for its repository InProgress', async () => {
    const found = await kubectl.list<Live>('pgbackup,pgrepo', namespace);

    const judged = Object.fromEntries(found.map((one) => [`${one.kind}/${one.metadata.name}`, kstatus(one)]));
    expect(judged).toEqual({
      'BackupRepository/offsite': 'Current',
      'PostgresBackup/shop': 'Current',
      'PostgresBackup/once': 'Current',
      'PostgresBackup/lost': 'InProgress',
    });
  });

  it('does not roll at a helm upgrade with the same values', async () => {
    const before = await operatorPods();
    const deployment = await kubectl.get<Live>('deployment', 'pgcairn', operatorNamespace);

    const chartFolder = join(import.meta.dirname, '../../helm/pgcairn');
    const upgrade = ['upgrade', 'pgcairn', chartFolder, '--reuse-values', '--wait'];
    await execa('helm', [...upgrade, '--namespace', operatorNamespace], { env: cluster.env });

    const after = await kubectl.get<Live>('deployment', 'pgcairn', operatorNamespace);
    expect(after?.metadata.generation).toBe(deployment?.metadata.generation);
    expect((await operatorPods()).map(({ metadata }) => metadata.uid)).toEqual(
      before.map(({ metadata }) => metadata.uid),
    );
  });
});

describe('two replicas', () => {
  it('have one leader, which gives its Lease up when it is stopped, and a run that goes on is not disturbed', async () => {
    const objects = objectsIn(cluster, namespace);
    await using lock = await holdRuns(shop);
    const request = await objects.request('shop');
    const worker = await workerPod(cluster, namespace);
    const watched = holders();
    const first = (await watched.next()).value;
    const leading = await Promise.all((await operatorPods()).map(({ metadata }) => isLeader(metadata.name)));

    await kubectl.run(['delete', 'pod', String(first), '-n', operatorNamespace, '--wait=false']);
    const handOver: string[] = [];
    for await (const holder of watched) {
      if (holder !== (handOver.at(-1) ?? first)) handOver.push(holder);
      if (holder !== '' && holder !== first) break;
    }
    const same = await workerPod(cluster, namespace);
    await lock.release();
    const record = await objects.ended('shop', request);

    expect(leading.toSorted((a, b) => Number(a) - Number(b))).toEqual([false, true]);
    // Without a release the Lease would have gone from one to the other, once it had run out.
    expect(handOver).toEqual(['', expect.stringMatching(/^pgcairn-/)]);
    expect(same.uid).toBe(worker.uid);
    expect(record.outcome).toBe('Succeeded');
    const jobs = await kubectl.list<{ metadata: { annotations?: Record<string, string> } }>(
      'jobs',
      namespace,
    );
    const ofRun = jobs.filter(
      ({ metadata }) => metadata.annotations?.['pgcairn.dev/run-id'] === record.runId,
    );
    expect(ofRun).toHaveLength(1);
  });
});

/** Waits until nothing was written for a while: the last words about a run come one after another. */
async function untilSettled(): Promise<void> {
  const look = async (): Promise<unknown> => [await versions(), await writes()];
  let last = await look();
  await waitFor(
    'writing to end',
    async () => {
      await quiet(5);
      const before = last;
      last = await look();
      return isDeepStrictEqual(last, before);
    },
    { timeoutSeconds: 30 },
  );
}

/** resourceVersions of what the operator makes and looks after, its leader's Lease left out. */
async function versions(): Promise<Record<string, string>> {
  const kinds = 'pgbackup,pgrepo,jobs,networkpolicies,events.events.k8s.io';
  const found = [
    ...(await kubectl.list<Live>(kinds, namespace)),
    ...(await kubectl.list<Live>('leases,networkpolicies', operatorNamespace)),
  ];
  return Object.fromEntries(
    found
      .filter(({ kind, metadata }) => kind !== 'Lease' || metadata.name !== 'pgcairn-operator')
      // The kubelet has Events of its own, when a probe is late for one.
      .filter(({ kind, regarding }) => kind !== 'Event' || regarding?.kind !== 'Pod')
      .map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion]),
  );
}

/** Writing requests that the API server has counted, of the kinds that nobody else writes while nothing happens. */
async function writes(): Promise<Record<string, number>> {
  const lines = (await kubectl.run(['get', '--raw', '/metrics'])).split('\n');
  const counts: Record<string, number> = {};
  for (const line of lines) {
    const [, labels = '', value = ''] = /^apiserver_request_total\{(.*)\} (\S+)$/.exec(line) ?? [];
    const label = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    const isOurs = /^(postgresbackups|backuprepositories|jobs|networkpolicies)$/.test(label('resource'));
    if (!isOurs || !/^(APPLY|PATCH|PUT|POST|DELETE|DELETECOLLECTION)$/.test(label('verb'))) continue;
    const key = `${label('verb')} ${label('resource')} ${label('code')}`;
    counts[key] = (counts[key] ?? 0) + Number(value);
  }
  return counts;
}

const byName = (a: string, b: string): number => a.localeCompare(b, 'en');

/** Requests of the leading process since its start, by method. */
async function requestsOfLeader(): Promise<Readonly<Record<string, number>>> {
  const text = await metricsOf(await leader());
  const found = [...text.matchAll(/^rest_client_requests_total\{(.*)\} (\S+)$/gm)];
  const counts: Record<string, number> = {};
  for (const [, labels = '', value = ''] of found) {
    const method = /method="([^"]*)"/.exec(labels)?.[1] ?? '';
    counts[method] = (counts[method] ?? 0) + Number(value);
  }
  return counts;
}

async function leader(): Promise<string> {
  interface Lease {
    readonly spec?: { readonly holderIdentity?: string };
  }
  return waitFor(
    'a leader',
    async () => {
      const lease = await kubectl.get<Lease>('lease', 'pgcairn-operator', operatorNamespace);
      return lease?.spec?.holderIdentity?.split('_')[0];
    },
    { timeoutSeconds: 60, intervalMilliseconds: 200 },
  );
}

/** Pods that hold the leader's Lease, nobody as '', from the present one on. */
async function* holders(): AsyncGenerator<string, undefined> {
  const lease = ['lease', 'pgcairn-operator', '-n', operatorNamespace];
  const output = '--output=jsonpath={.spec.holderIdentity}{"\\n"}';
  const watch = execa('kubectl', ['get', ...lease, '--watch', output], {
    env: cluster.env,
    reject: false,
    buffer: false,
  });
  try {
    for await (const line of watch) yield line.split('_')[0] ?? '';
  } finally {
    watch.kill();
    await watch;
  }
  return undefined;
}

async function operatorPods(): Promise<readonly Live[]> {
  const pods = await kubectl.list<Live>('pods', operatorNamespace, chart);
  return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

async function isLeader(pod: string): Promise<boolean> {
  return /^leader_election_master_status\{.*\} 1$/m.test(await metricsOf(pod));
}

function metricsOf(pod: string): Promise<string> {
  return kubectl.run([
    'get',
    '--raw',
    `/api/v1/namespaces/${operatorNamespace}/pods/${pod}:8080/proxy/metrics`,
  ]);
}
