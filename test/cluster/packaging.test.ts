import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { RunRecord } from '../../src/api/v1alpha1/postgres-backup.ts';
import type { Cluster } from './harness/cluster.ts';
import type { Kubectl } from './harness/kubectl.ts';
import { kubectlFor, waitFor } from './harness/kubectl.ts';
import { openCluster } from './harness/open.ts';
import { install } from './stage/install.ts';
import { keepWhatFailed } from './stage/keep.ts';
import { objectsIn } from './stage/objects.ts';
import { furnishShop } from './stage/shop.ts';
import type { Shop } from './stage/shop.ts';

const root = join(import.meta.dirname, '../..');
const chart = join(root, 'helm/pgcairn');
const namespace = 'packaging';
const operatorNamespace = 'pgcairn-system';
const folder = mkdtempSync(join(tmpdir(), 'pgcairn-packaging-'));

let cluster: Cluster;
let kubectl: Kubectl;
let shop: Shop;
let first: RunRecord;

keepWhatFailed(namespace, operatorNamespace);

beforeAll(async () => {
  cluster = await openCluster();
  kubectl = kubectlFor(cluster);
  await install(cluster);
  shop = await furnishShop(cluster, namespace, { folder: join(folder, 'keys') });
  await shop.applySamples();
  first = await objectsIn(cluster, namespace).runNow('shop');
}, 30 * 60_000);

afterAll(async () => {
  await install(cluster);
  await shop.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function helm(...args: readonly string[]): Promise<string> {
  return (await execa('helm', args, { env: cluster.env })).stdout;
}

interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

async function render(...sets: readonly string[]): Promise<readonly Rendered[]> {
  const values = sets.flatMap((value) => ['--set', value]);
  const text = await helm('template', 'pgcairn', chart, '--namespace', operatorNamespace, ...values);
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(document.errors.join('\n'));
    return (document.toJS() as Rendered | null) ?? [];
  });
}

describe('the chart', () => {
  it('has nothing to complain about for helm lint', async () => {
    const said = await helm('lint', '--strict', chart);
    expect(said).toContain('0 chart(s) failed');
  });

  it.each<{ what: string; sets: string[]; has?: string[]; lacks?: string[] }>([
    { what: 'defaults', sets: [], has: ['ClusterRole/pgcairn', 'PodDisruptionBudget/pgcairn'] },
    {
      what: 'two watched namespaces',
      sets: ['watchNamespaces={one,two}'],
      has: ['Role/pgcairn'],
      lacks: ['ClusterRole/pgcairn', 'ClusterRoleBinding/pgcairn'],
    },
    { what: 'one replica', sets: ['replicas=1'], lacks: ['PodDisruptionBudget/pgcairn'] },
    {
      what: 'nothing that can be left out',
      sets: [
        'crds.enabled=false',
        'rbac.create=false',
        'serviceAccount.create=false',
        'serviceAccount.name=mine',
        'podDisruptionBudget.enabled=false',
        'networkPolicy.enabled=false',
      ],
      lacks: [
        'CustomResourceDefinition/postgresbackups.pgcairn.dev',
        'ClusterRole/pgcairn',
        'ClusterRole/pgcairn-viewer',
        'ServiceAccount/pgcairn',
        'PodDisruptionBudget/pgcairn',
        'NetworkPolicy/pgcairn',
      ],
    },
    {
      what: 'everything that can be added',
      sets: [
        'metrics.serviceMonitor.enabled=true',
        'metrics.serviceMonitor.labels.release=prometheus',
        'metrics.prometheusRule.enabled=true',
        'image.pullSecrets={one,two}',
        'image.worker.digest=sha256:0000000000000000000000000000000000000000000000000000000000000000',
        'worker.serviceAccountName=cloud',
        'drill.serverImage=registry.example.net/postgres:{major}',
        'rbac.aggregateEditors=true',
        'serviceAccount.annotations.a=b',
        'podLabels.team=data',
        'podAnnotations.note=yes',
        'nodeSelector.disk=ssd',
        'tolerations[0].operator=Exists',
        'affinity.nodeAffinity.x=y',
        'priorityClassName=high',
        'networkPolicy.metricsFrom[0].podSelector.matchLabels.app=prometheus',
        'crds.keep=false',
        'logLevel=debug',
      ],
      has: ['ServiceMonitor/pgcairn', 'PrometheusRule/pgcairn'],
    },
  ])('renders with $what', async ({ sets, has = [], lacks = [] }) => {
    const names = (await render(...sets)).map(({ kind, metadata }) => `${kind}/${metadata.name}`);

    expect(names).toContain('Deployment/pgcairn');
    expect(names).toEqual(expect.arrayContaining(has));
    expect(names.filter((name) => lacks.includes(name))).toEqual([]);
  });

  it.each(['replicas=-1', 'image.pullPolicy=Sometimes', 'logLevel=loud', 'drill.serverImage=', 'unknown=1'])(
    'refuses %s by its schema',
    async (set) => {
      await expect(render(set)).rejects.toThrow(/schema|values/i);
    },
  );

  it('passes its own test once it is installed', async () => {
    const said = await helm('test', 'pgcairn', '--namespace', operatorNamespace, '--timeout', '120s');
    expect(said).toMatch(/Phase:\s+Succeeded/);
  });
});

describe('kustomize', () => {
  it.each(['deploy/base', 'deploy/overlays/namespaced'])('%s is taken by the API server', async (path) => {
    const text = await kubectl.run(['kustomize', join(root, path)]);
    // The overlay is for a namespace of that name; this test has another.
    const manifest = text.replaceAll('namespace: shop\n', `namespace: ${namespace}\n`);

    const taken = await kubectl.run(
      ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-f', '-'],
      { input: manifest },
    );

    expect(taken).toContain('deployment.apps/pgcairn serverside-applied (server dry run)');
    expect(taken).toContain('postgresbackups.pgcairn.dev serverside-applied');
  });
});

describe('the life of a release', () => {
  it('ends without taking definitions and objects along, and a new one goes on where it ended', async () => {
    const objects = objectsIn(cluster, namespace);
    await helm('uninstall', 'pgcairn', '--namespace', operatorNamespace, '--wait', '--timeout', '120s');
    const left = await objects.backup('shop');
    const gone = await kubectl.get('deployment', 'pgcairn', operatorNamespace);

    await install(cluster);
    const second = await objects.runNow('shop');

    expect(left.status?.lastSuccess?.runId).toBe(first.runId);
    expect(gone).toBeUndefined();
    expect(second.outcome).toBe('Succeeded');
    const runs = (await objects.backup('shop')).status?.runs?.map(({ runId }) => runId);
    expect(runs).toEqual([second.runId, first.runId]);
  });

  it('upgrades the definitions along with the program', async () => {
    await install(cluster);
    const older = join(folder, 'older');
    cpSync(chart, older, { recursive: true });
    const file = join(older, 'templates/crds/postgresbackups.pgcairn.dev.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('- pgbackup\n', '- pgbk\n').replace('name: Objective', 'name: Promise'));
    const values = ['upgrade', 'pgcairn', '--namespace', operatorNamespace, '--reuse-values', '--wait'];
    await helm(...values, older);
    const before = await heading('pgbk');

    await helm(...values, chart);

    const after = await heading('pgbackup');
    expect(before).toContain('PROMISE');
    expect(after).toContain('OBJECTIVE');
    const { status } = await objectsIn(cluster, namespace).backup('shop');
    expect(status?.runs?.map(({ runId }) => runId)).toContain(first.runId);
  });
});

/** The API server takes a moment to serve a new definition. */
async function heading(kind: string): Promise<string> {
  const text = await waitFor(`the kind ${kind}`, () => shop.kubectl(['get', kind]), { timeoutSeconds: 60 });
  return text.split('\n')[0] ?? '';
}
