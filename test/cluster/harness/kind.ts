import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { dockerAnswers } from '../../../scripts/images/docker.ts';
import { cacheDir } from '../../../scripts/tools/cache.ts';
import { onPath } from '../../../scripts/tools/ensure-tools.ts';
import { withLock } from '../../../scripts/tools/lock.ts';
import { say } from '../../../scripts/tools/say.ts';
import type { Cluster } from './cluster.ts';
import { clientPrograms } from './native-programs.ts';

export async function kindIsPossible(): Promise<boolean> {
  return (await onPath('kind')) && (await dockerAnswers());
}

/** One node in a Docker container. PGCAIRN_KIND_NODE_IMAGE names another node image than kind's own. */
export async function kindUp(name: string): Promise<Cluster> {
  const kubeconfigPath = join(cacheDir(), 'cluster', `kind-${name}.kubeconfig`);
  await mkdir(join(cacheDir(), 'cluster'), { recursive: true });
  await withLock(join(cacheDir(), 'locks', `kind-${name}`), () => create(name, kubeconfigPath));
  const client = await clientPrograms();
  return {
    name: 'kind',
    kubeconfigPath,
    env: { KUBECONFIG: kubeconfigPath, PATH: `${client}:${process.env['PATH'] ?? ''}` },
    hostAddress: await hostAddress(),
    async loadImage(image) {
      await execa('kind', ['load', 'image-archive', image.file, '--name', name]);
      return image.reference;
    },
    async collectLogs(folder) {
      await execa('kind', ['export', 'logs', folder, '--name', name]);
    },
    down: () => kindDown(name),
  };
}

export async function kindDown(name: string): Promise<void> {
  const kubeconfig = join(cacheDir(), 'cluster', `kind-${name}.kubeconfig`);
  await execa('kind', ['delete', 'cluster', '--name', name, '--kubeconfig', kubeconfig]);
}

async function create(name: string, kubeconfigPath: string): Promise<void> {
  const { stdout } = await execa('kind', ['get', 'clusters']);
  if (stdout.split('\n').includes(name) && (await healthy(name, kubeconfigPath))) return;
  await kindDown(name);
  say(`kind: creating cluster ${name}`);
  const image = process.env['PGCAIRN_KIND_NODE_IMAGE'];
  const options = ['--name', name, '--kubeconfig', kubeconfigPath, '--wait', '120s'];
  if (image !== undefined) options.push('--image', image);
  await execa('kind', ['create', 'cluster', ...options], { stdout: 'ignore', stderr: 'inherit' });
}

/** False for what a crash or a stopped Docker left: such a cluster is made anew. */
async function healthy(name: string, kubeconfigPath: string): Promise<boolean> {
  const exported = await execa(
    'kind',
    ['export', 'kubeconfig', '--name', name, '--kubeconfig', kubeconfigPath],
    { reject: false },
  );
  if (exported.failed) return false;
  const client = await clientPrograms();
  const ready = await execa(join(client, 'kubectl'), ['get', '--raw', '/readyz'], {
    env: { KUBECONFIG: kubeconfigPath },
    timeout: 20_000,
    reject: false,
  });
  return !ready.failed;
}

/** Gateway of kind's network: this machine, as seen from the node. */
async function hostAddress(): Promise<string | undefined> {
  const format = '{{range .IPAM.Config}}{{.Gateway}} {{end}}';
  const { stdout } = await execa('docker', ['network', 'inspect', 'kind', '--format', format]);
  return stdout.split(/\s+/).find((address) => /^\d+\.\d+\.\d+\.\d+$/.test(address));
}
