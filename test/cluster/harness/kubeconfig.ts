import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { pushImage } from '../../../scripts/images/push.ts';
import { onPath } from '../../../scripts/tools/ensure-tools.ts';
import type { Cluster } from './cluster.ts';
import { clientPrograms } from './native-programs.ts';

/**
 * A cluster that somebody else keeps. Its nodes pull from the registry that PGCAIRN_REGISTRY names
 * (`host/path`, pushed to with the login of docker or buildah); nothing of the cluster is ever removed.
 */
export async function givenCluster(kubeconfigPath: string): Promise<Cluster> {
  const own = (await onPath('kubectl')) && (await onPath('helm'));
  const path = process.env['PATH'] ?? '';
  const env = { KUBECONFIG: kubeconfigPath, PATH: own ? path : `${await clientPrograms()}:${path}` };
  await execa('kubectl', ['get', '--raw', '/readyz'], { env, timeout: 30_000 });
  return {
    name: 'kubeconfig',
    kubeconfigPath,
    env,
    hostAddress: process.env['PGCAIRN_HOST_ADDRESS'],
    async loadImage(image) {
      const registry = process.env['PGCAIRN_REGISTRY'];
      if (registry === undefined) {
        throw new Error(
          'set PGCAIRN_REGISTRY to a registry that this machine may push to and the nodes pull from',
        );
      }
      return pushImage(image, registry);
    },
    async collectLogs(folder) {
      await mkdir(folder, { recursive: true });
      const { stdout } = await execa('kubectl', ['get', 'nodes', '-o', 'yaml'], { env });
      await writeFile(join(folder, 'nodes.yaml'), stdout);
    },
    down: () => Promise.resolve(),
  };
}
