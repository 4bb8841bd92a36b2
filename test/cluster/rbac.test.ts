import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBusyboxImage } from '../../scripts/images/busybox.ts';
import type { Cluster } from './harness/cluster.ts';
import type { Kubectl } from './harness/kubectl.ts';
import { kubectlFor, waitFor } from './harness/kubectl.ts';
import { openCluster } from './harness/open.ts';
import { install, restrictedNamespace } from './stage/install.ts';
import { keepWhatFailed } from './stage/keep.ts';
import { apply, backupOf, holdRuns, objectsIn, quiet, workerPod } from './stage/objects.ts';
import { podOf } from './stage/pod.ts';
import { furnishShop } from './stage/shop.ts';
import type { Shop } from './stage/shop.ts';

const namespace = 'rbac';
const operatorNamespace = 'pgcairn-system';
const stranger = 'rbac-unwatched';
const account = `system:serviceaccount:${operatorNamespace}:pgcairn`;
const metadataAddress = '169.254.169.254';

let cluster: Cluster;
let kubectl: Kubectl;
let shop: Shop;
let busybox: string;

keepWhatFailed(namespace, operatorNamespace);

beforeAll(async () => {
  cluster = await openCluster();
  kubectl = kubectlFor(cluster);
  await install(cluster);
  busybox = await cluster.loadImage(await buildBusyboxImage());
  shop = await furnishShop(cluster, namespace, { folder: join(tmpdir(), `pgcairn-${namespace}`) });
}, 30 * 60_000);

afterAll(async () => {
  await install(cluster);
  await kubectl.deleteNamespace(stranger);
  await shop.remove();
});

/** What `kubectl auth can-i --list` says of resources, sorted, without what every account may ask about itself. */
async function permissions(where: string): Promise<string> {
  const text = await kubectl.run(['auth', 'can-i', '--list', `--as=${account}`, '-n', where]);
  const rows = text
    .split('\n')
    .slice(1)
    .filter((row) => /^\S/.test(row) && !row.startsWith('selfsubject'))
    .map((row) => row.trim().replaceAll(/\s{2,}/g, '  '));
  return `${rows.toSorted((a, b) => a.localeCompare(b, 'en')).join('\n')}\n`;
}

function golden(name: string): string {
  return readFileSync(join(import.meta.dirname, 'golden', `${name}.txt`), 'utf8');
}

describe('the account of the operator', () => {
  it.each([
    ['a namespace of users', namespace, 'permissions-users'],
    ['its own namespace', operatorNamespace, 'permissions-operator'],
  ])('may do in %s what the golden file says, and nothing else', async (_, where, file) => {
    const allowed = await permissions(where);

    expect(allowed).toBe(golden(file));
    expect(allowed).not.toMatch(/secret|exec|configmap|token|\*|escalate|impersonate|bind/i);
  });

  it.each([
    ['get', 'secrets'],
    ['list', 'secrets'],
    ['create', 'pods'],
    ['create', 'pods/exec'],
    ['create', 'serviceaccounts/token'],
    ['escalate', 'roles'],
    ['impersonate', 'users'],
    ['update', 'postgresbackups'],
    ['delete', 'namespaces'],
  ])('may not %s %s', async (verb, resource) => {
    const answer = await kubectl.try(['auth', 'can-i', verb, resource, `--as=${account}`, '-n', namespace]);

    expect(answer.stdout.trim()).toBe('no');
  });
});

describe('the restricted Pod Security Standard', () => {
  it.each([operatorNamespace, namespace])('holds in %s, where everything runs', async (where) => {
    const found = await kubectl.get<{ metadata: { labels: Record<string, string> } }>('namespace', where);
    const overrides = JSON.stringify({ spec: { containers: [privileged] } });
    const bad = ['run', 'bad', '--image=bad', '--dry-run=server', `--overrides=${overrides}`];

    const refused = await kubectl.try([...bad, '-n', where]);

    expect(found?.metadata.labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
    expect(refused.ok).toBe(false);
    expect(refused.stderr).toContain('violates PodSecurity "restricted');
  });
  const privileged = { name: 'bad', image: 'bad', securityContext: { privileged: true } };
});

describe('the network of a worker', () => {
  it('lets the operator ask for progress, and no other pod; keeps the worker off cloud metadata', async (context) => {
    if (cluster.name === 'kubeconfig')
      return context.skip('would change the network of a node that was given');
    await shop.applySamples();
    await shop.kubectl(['wait', 'pgrepo/offsite', '--for=condition=Ready', '--timeout=280s']);
    await using _metadata = await metadataService();
    await apply(shop, podOf('neighbour', { image: busybox, script: 'sleep 600' }));
    await shop.kubectl(['wait', 'pod/neighbour', '--for=condition=Ready', '--timeout=60s']);
    const objects = objectsIn(cluster, namespace);
    await using lock = await holdRuns(shop);
    const request = await objects.request('shop');
    const worker = await workerPod(cluster, namespace);

    const ask = `timeout 3 probe http://${worker.address}:9188/progress`;
    const heard = await waitFor(
      'progress in status',
      async () => (await objects.backup('shop')).status?.currentRun?.progress,
      { timeoutSeconds: 40 },
    );
    const asked = await kubectl.try(['exec', 'neighbour', '-n', namespace, '--', 'sh', '-c', ask]);
    const lookup = ['timeout', '3', 'probe', `http://${metadataAddress}`];
    await waitFor(
      'credentials that a pod without a policy can read',
      async () => (await metadataFrom('neighbour', lookup)).includes('instance-credentials'),
      { timeoutSeconds: 30 },
    );
    const closed = await metadataFrom(worker.name, ['node', '-e', fetchMetadata]);
    await lock.release();

    expect(heard.step).not.toBe('');
    expect(asked.stdout).not.toContain('runId');
    expect(closed).toBe('unreachable');
    expect((await objects.ended('shop', request)).outcome).toBe('Succeeded');
  });
});

describe('an installation that watches some namespaces', () => {
  it('works with Roles alone, and looks at no other namespace', async () => {
    await install(cluster, { values: [`watchNamespaces={${namespace}}`] });
    await restrictedNamespace(cluster, stranger);
    await kubectl.run(['apply', '-n', stranger, '-f', '-'], { input: JSON.stringify(backupOf('ignored')) });
    await apply(shop, backupOf('watched'));

    const record = await objectsIn(cluster, namespace).firstRun('watched');
    await quiet(2);

    expect(record.outcome).toBe('Succeeded');
    expect((await objectsIn(cluster, stranger).backup('ignored')).status).toBeUndefined();
    expect(await kubectl.get('clusterrole', 'pgcairn')).toBeUndefined();
    expect(await kubectl.get('clusterrolebinding', 'pgcairn')).toBeUndefined();
    expect(await permissions(namespace)).toBe(golden('permissions-users'));
    expect(await permissions(stranger)).toBe('\n');
  });
});

const fetchMetadata = `fetch('http://${metadataAddress}', { signal: AbortSignal.timeout(3000) })
  .then((answer) => answer.text(), () => 'unreachable').then((text) => console.log(text))`;

async function metadataFrom(pod: string, command: readonly string[]): Promise<string> {
  return (await kubectl.try(['exec', pod, '-n', namespace, '--', ...command])).stdout.trim();
}

/** What a cloud has on each node: credentials for whoever asks at the link-local address. */
async function metadataService(): Promise<AsyncDisposable> {
  const where = 'rbac-metadata';
  await kubectl.createNamespace(where);
  const add = `ip addr add ${metadataAddress}/32 dev lo; mkdir /tmp/www; echo instance-credentials >/tmp/www/index.html`;
  const script = `${add}; exec httpd -f -p ${metadataAddress}:80 -h /tmp/www`;
  await kubectl.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'metadata', namespace: where },
    spec: {
      hostNetwork: true,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'main',
          image: busybox,
          imagePullPolicy: 'IfNotPresent',
          command: ['sh', '-c', script],
          securityContext: { privileged: true, runAsUser: 0 },
        },
      ],
    },
  });
  await kubectl.run(['wait', 'pod/metadata', '-n', where, '--for=condition=Ready', '--timeout=60s']);
  return {
    async [Symbol.asyncDispose]() {
      const remove = ['ip', 'addr', 'del', `${metadataAddress}/32`, 'dev', 'lo'];
      await kubectl.try(['exec', 'metadata', '-n', where, '--', ...remove]);
      await kubectl.deleteNamespace(where);
    },
  };
}
