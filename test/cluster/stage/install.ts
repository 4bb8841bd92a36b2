import { join } from 'node:path';
import { execa } from 'execa';
import { cacheDir, keyOf } from '../../../scripts/tools/cache.ts';
import { withLock } from '../../../scripts/tools/lock.ts';
import type { Cluster } from '../harness/cluster.ts';
import { buildOperatorImage, buildWorkerImage } from '../../../scripts/images/product.ts';
import { buildServerImage } from '../../../scripts/images/test-servers.ts';

const root = join(import.meta.dirname, '../../..');

export interface Installation {
  /** Namespace of the operator. */
  readonly namespace: string;
  readonly operatorImage: string;
  readonly workerImage: string;
}

interface InstallOptions {
  readonly values?: readonly string[];
}

/** Splits `localhost/name:tag` for the chart's values. */
function imageValues(which: 'operator' | 'worker', reference: string): string[] {
  const cut = reference.lastIndexOf(':');
  return [
    `image.${which}.repository=${reference.slice(0, cut)}`,
    `image.${which}.tag=${reference.slice(cut + 1)}`,
  ];
}

/**
 * Builds the images, loads them and installs the chart with helm, as a user would. Ready when it returns. One process at
 * a time: helm refuses a second one while the first is at work.
 */
export function install(cluster: Cluster, options: InstallOptions = {}): Promise<Installation> {
  return withLock(join(cacheDir(), 'locks', `install-${keyOf([cluster.kubeconfigPath])}`), () =>
    helmInstall(cluster, options),
  );
}

async function helmInstall(cluster: Cluster, options: InstallOptions): Promise<Installation> {
  const operatorImage = await cluster.loadImage(await buildOperatorImage());
  const workerImage = await cluster.loadImage(await buildWorkerImage());
  // The official image cannot be had without a registry; the shop's server is of this major.
  const drillServerImage = await cluster.loadImage(await buildServerImage('16'));
  const namespace = 'pgcairn-system';
  const values = [
    ...imageValues('operator', operatorImage),
    ...imageValues('worker', workerImage),
    `drill.serverImage=${drillServerImage}`,
    ...(options.values ?? []),
  ];
  await restrictedNamespace(cluster, namespace);
  await execa(
    'helm',
    [
      'upgrade',
      '--install',
      'pgcairn',
      join(root, 'helm/pgcairn'),
      '--namespace',
      namespace,
      '--wait',
      '--timeout',
      '180s',
      ...values.flatMap((value) => ['--set', value]),
    ],
    { env: cluster.env },
  );
  return { namespace, operatorImage, workerImage };
}

/** Makes a namespace that enforces the restricted Pod Security Standard; one that exists is labelled. */
export async function restrictedNamespace(cluster: Cluster, name: string): Promise<void> {
  const manifest = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  };
  await execa('kubectl', ['apply', '--server-side', '-f', '-'], {
    env: cluster.env,
    input: JSON.stringify(manifest),
  });
}
