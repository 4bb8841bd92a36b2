import { backends, type Backend, type Cluster, type ClusterOptions } from './cluster.ts';
import { kindDown, kindIsPossible, kindUp } from './kind.ts';
import { givenCluster } from './kubeconfig.ts';
import { nativeDown, nativeFolder, nativeIsUp, nativeUp } from './native.ts';
import { exists } from '../../../scripts/tools/cache.ts';

/** Brings the cluster up, or finds it running, and gives what tests and the demo need of it. */
export async function openCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const backend = await chooseBackend(options);
  const name = clusterName(options);
  switch (backend) {
    case 'kubeconfig':
      return givenCluster(givenKubeconfig());
    case 'kind':
      return kindUp(name);
    case 'native':
      return nativeUp(name);
  }
}

/** Removes the cluster without bringing it up first. A given one stays. */
export async function closeCluster(options: ClusterOptions = {}): Promise<Backend> {
  const backend = await chooseBackend(options);
  const name = clusterName(options);
  if (backend === 'kind') await kindDown(name);
  if (backend === 'native' && (await exists(nativeFolder(name)))) await nativeDown(name);
  return backend;
}

/** By name, else: a given KUBECONFIG, kind where Docker answers, the native node. */
export async function chooseBackend(options: ClusterOptions = {}): Promise<Backend> {
  const named = options.backend ?? process.env['PGCAIRN_CLUSTER'];
  if (named !== undefined && named !== '') {
    const known = backends.find((backend) => backend === named);
    if (known === undefined) throw new Error(`PGCAIRN_CLUSTER is ${named}: expected ${backends.join(', ')}`);
    return known;
  }
  if (process.env['KUBECONFIG']) return 'kubeconfig';
  return (await kindIsPossible()) ? 'kind' : 'native';
}

export async function describeCluster(options: ClusterOptions = {}): Promise<string> {
  const backend = await chooseBackend(options);
  const name = clusterName(options);
  if (backend !== 'native') return `${backend} ${backend === 'kind' ? name : givenKubeconfig()}`;
  return `native ${name}: ${(await nativeIsUp(name)) ? 'up' : 'down'}, ${nativeFolder(name)}`;
}

/** Of a cluster that nobody named. */
export const defaultName = 'pgcairn';

/** The name of a cluster that is made here; one that was given has none. */
export function clusterName(options: ClusterOptions = {}): string {
  return options.name ?? process.env['PGCAIRN_CLUSTER_NAME'] ?? defaultName;
}

function givenKubeconfig(): string {
  const path = process.env['KUBECONFIG'];
  if (!path) throw new Error('the kubeconfig backend needs KUBECONFIG');
  return path;
}
