import { join } from 'node:path';
import { cacheDir, keyOf } from '../scripts/tools/cache.ts';
import { chooseBackend, clusterName, defaultName } from '../test/cluster/harness/open.ts';

/** Of the demo's database, store and objects. */
export const namespace = 'shop';

/** The cluster that the demo works in, and what it writes on this machine beside it. */
export interface Place {
  /** For a person. */
  readonly cluster: string;
  /** Path of the kubeconfig of a cluster that was given; absent: the demo makes one. */
  readonly given?: string;
  readonly folder: string;
}

/** Where the demo would work now. Each cluster has a folder of its own: the keys in it fit the Secrets in the cluster. */
export async function demoPlace(): Promise<Place> {
  const backend = await chooseBackend();
  if (backend === 'kubeconfig') {
    const given = process.env['KUBECONFIG'] ?? '';
    const folder = join(cacheDir(), `demo-${keyOf([given])}`);
    return { cluster: `the cluster of KUBECONFIG=${given}`, given, folder };
  }
  const name = clusterName();
  const folder = join(cacheDir(), name === defaultName ? 'demo' : `demo-${name}`);
  return { cluster: `the ${backend} cluster ${name}`, folder };
}
