import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../test/cluster/harness/cluster.ts';
import type { Kubectl, ManifestObject } from '../test/cluster/harness/kubectl.ts';
import { kubectlFor, waitFor } from '../test/cluster/harness/kubectl.ts';
import { openCluster } from '../test/cluster/harness/open.ts';
import type { Forward } from '../test/cluster/stage/forward.ts';
import { forward } from '../test/cluster/stage/forward.ts';
import { install, restrictedNamespace } from '../test/cluster/stage/install.ts';
import type { Metrics } from './operator-metrics.ts';
import {
  operatorMemory,
  operatorPeak,
  operatorPod,
  operatorTimes,
  parseMetrics,
  sumOf,
} from './operator-metrics.ts';

const namespace = 'bench-scale';
const operator = 'pgcairn-system';
const passes = 'controller_runtime_reconcile_total{controller="backup"';

/**
 * An operator with so many PostgresBackups whose schedules lie far ahead: how long it takes to take them up, to start
 * cold among them, what it holds in memory, and what it asks of the API server when nothing happens.
 */
export async function benchScale({ objects, minutes }: { objects: number; minutes: number }): Promise<void> {
  const cluster = await openCluster();
  const kubectl = kubectlFor(cluster);
  await install(cluster, { values: ['replicas=1'] });
  await kubectl.deleteNamespace(namespace);
  await restrictedNamespace(cluster, namespace);
  try {
    await makeRepository(kubectl);
    const created = performance.now();
    await makeBackups(kubectl, objects);
    const applied = seconds(created);
    await untilArmed(kubectl, objects);
    const takenUp = seconds(created);
    const cold = await coldStart(cluster, kubectl, objects);
    const steady = await steadyState(cluster, kubectl, minutes);
    print(objects, [
      ['kubectl created them in', `${applied.toFixed(1)} s`],
      ['every one has its status and next run after', `${takenUp.toFixed(1)} s`],
      ['cold start: process → caches synced', `${cold.synced.toFixed(2)} s`],
      ['cold start: caches synced → leading', `${cold.leading.toFixed(2)} s`],
      ['cold start: leading → every object passed once', `${cold.passed.toFixed(2)} s`],
      ['writes of that first pass over unchanged objects', String(cold.writes)],
      ['memory of the container (working set), steady', `${steady.workingSet.toFixed(0)} MiB`],
      ['resident memory of the process, largest since its start', `${cold.peak.toFixed(0)} MiB`],
      ['requests per minute in steady state: Lease', steady.lease.toFixed(1)],
      ['requests per minute in steady state: everything else', steady.other.toFixed(2)],
      ['passes per minute in steady state', steady.passes.toFixed(2)],
      ['processor time in steady state', `${steady.cpu.toFixed(1)} millicores`],
      ['workqueue depth', String(steady.depth)],
    ]);
  } finally {
    await kubectl.run(['delete', 'pgbackup', '--all', '-n', namespace, '--wait=false'], {
      timeoutMilliseconds: 300_000,
    });
    await kubectl.run(['delete', 'namespace', namespace, '--timeout=600s'], { timeoutMilliseconds: 610_000 });
  }
}

/** On a volume: nothing but the cluster itself is needed. */
async function makeRepository(kubectl: Kubectl): Promise<void> {
  await apply(kubectl, [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'backups' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
    {
      apiVersion: 'pgcairn.dev/v1alpha1',
      kind: 'BackupRepository',
      metadata: { name: 'volume' },
      spec: { volume: { claimName: 'backups' }, encryption: { none: {} } },
    },
  ]);
  await kubectl.run(['wait', '-n', namespace, 'pgrepo/volume', '--for=condition=Ready', '--timeout=180s'], {
    timeoutMilliseconds: 190_000,
  });
}

const batch = 250;

async function makeBackups(kubectl: Kubectl, count: number): Promise<void> {
  const month = ((new Date().getUTCMonth() + 6) % 12) + 1;
  for (let from = 0; from < count; from += batch) {
    const numbers = Array.from({ length: Math.min(batch, count - from) }, (_, index) => from + index);
    await apply(
      kubectl,
      numbers.map((number) => ({
        apiVersion: 'pgcairn.dev/v1alpha1',
        kind: 'PostgresBackup',
        metadata: { name: `backup-${number}` },
        spec: {
          connection: { secretRef: { name: `database-${number}` } },
          repositoryRef: { name: 'volume' },
          schedule: `${number % 60} ${number % 24} 1 ${month} *`,
          timeZone: 'Europe/Berlin',
          jitterSeconds: 3600,
          retention: { keepLast: 3, keepDaily: 7, keepWeekly: 4, keepMonthly: 6 },
          objectives: { recoveryPointSeconds: 315_576_000 },
        },
      })),
    );
  }
}

async function apply(kubectl: Kubectl, items: readonly ManifestObject[]): Promise<void> {
  await kubectl.run(['create', '-n', namespace, '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    timeoutMilliseconds: 600_000,
  });
}

async function untilArmed(kubectl: Kubectl, count: number): Promise<void> {
  const ready = 'jsonpath={range .items[*]}{.status.nextRunTime}{"\\n"}{end}';
  await waitFor(
    `${count} armed backups`,
    async () => {
      const text = await kubectl.run(['get', 'pgbackup', '-n', namespace, '-o', ready]);
      return text.split('\n').filter(Boolean).length === count;
    },
    { timeoutSeconds: 900, intervalMilliseconds: 1000 },
  );
}

interface ColdStart {
  /** Seconds. */
  readonly synced: number;
  readonly leading: number;
  readonly passed: number;
  readonly writes: number;
  /** MiB. */
  readonly peak: number;
}

async function coldStart(cluster: Cluster, kubectl: Kubectl, objects: number): Promise<ColdStart> {
  await scale(kubectl, 0);
  await scale(kubectl, 1);
  const pod = await operatorPod(kubectl, operator);
  await using metrics = await forward(cluster, operator, 'pgcairn-metrics', 8080);
  const end = await waitFor(
    'a pass over every object',
    async () => {
      const seen = await scrape(metrics);
      const done = sumOf(seen, passes) >= objects && sumOf(seen, 'workqueue_depth{') === 0;
      return done && { at: Date.now(), writes: writesIn(seen) };
    },
    { timeoutSeconds: 300, intervalMilliseconds: 100 },
  );
  const times = await operatorTimes(kubectl, operator, pod);
  return {
    synced: (times.synced - times.started) / 1000,
    leading: (times.leading - times.synced) / 1000,
    passed: (end.at - times.leading) / 1000,
    writes: end.writes,
    peak: await operatorPeak(kubectl, operator, pod),
  };
}

/** Calls that change something other than the Lease, which is replaced by PUT. */
function writesIn(metrics: Metrics): number {
  return ['POST', 'PATCH', 'DELETE'].reduce((sum, method) => sum + requests(metrics, method), 0);
}

function requests(metrics: Metrics, method: string): number {
  return sumOf(metrics, 'rest_client_requests_total{', `method="${method}"`);
}

interface SteadyState {
  readonly lease: number;
  readonly other: number;
  readonly passes: number;
  readonly depth: number;
  readonly workingSet: number;
  readonly cpu: number;
}

const settleSeconds = 30;

async function steadyState(cluster: Cluster, kubectl: Kubectl, minutes: number): Promise<SteadyState> {
  const pod = await operatorPod(kubectl, operator);
  await using metrics = await forward(cluster, operator, 'pgcairn-metrics', 8080);
  await sleep(settleSeconds * 1000);
  const before = await scrape(metrics);
  const cpuBefore = await cpuSeconds(kubectl, pod);
  const start = performance.now();
  await sleep(minutes * 60_000);
  const after = await scrape(metrics);
  const cpu = (await cpuSeconds(kubectl, pod)) - cpuBefore;
  const passed = seconds(start);
  const perMinute = (of: (metrics: Metrics) => number): number => ((of(after) - of(before)) * 60) / passed;
  const all = (from: Metrics): number => sumOf(from, 'rest_client_requests_total{');
  return {
    lease: perMinute((from) => requests(from, 'PUT')),
    other: perMinute((from) => all(from) - requests(from, 'PUT')),
    passes: perMinute((from) => sumOf(from, 'controller_runtime_reconcile_total{')),
    depth: sumOf(after, 'workqueue_depth{'),
    workingSet: await operatorMemory(kubectl, pod),
    cpu: (cpu / passed) * 1000,
  };
}

async function cpuSeconds(kubectl: Kubectl, pod: string): Promise<number> {
  const stat = await kubectl.run(['exec', '-n', operator, pod, '--', 'cat', '/proc/1/stat']);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function scrape({ port }: Forward): Promise<Metrics> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  return parseMetrics(await response.text());
}

async function scale(kubectl: Kubectl, replicas: number): Promise<void> {
  await kubectl.run(['scale', '-n', operator, 'deployment/pgcairn', `--replicas=${replicas}`]);
  await waitFor(
    `${replicas} pods of the operator`,
    async () => {
      const pods = await kubectl.list<{ status: { phase: string } }>('pods', operator);
      return pods.length === replicas && pods.every(({ status }) => status.phase === 'Running');
    },
    { timeoutSeconds: 120 },
  );
}

function seconds(since: number): number {
  return (performance.now() - since) / 1000;
}

function print(objects: number, rows: readonly (readonly [string, string])[]): void {
  console.log(`\n| ${objects} PostgresBackups, one operator | |\n|---|---|`);
  for (const [what, figure] of rows) console.log(`| ${what} | ${figure} |`);
}
