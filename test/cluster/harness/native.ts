import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { cacheDir, exists, fileInputs, keyOf } from '../../../scripts/tools/cache.ts';
import { ensureTools } from '../../../scripts/tools/ensure-tools.ts';
import { say } from '../../../scripts/tools/say.ts';
import type { Cluster } from './cluster.ts';
import { clientPrograms, nativePrograms } from './native-programs.ts';

const scripts = fileURLToPath(new URL('../native', import.meta.url));

/** Folder of a native cluster: its state, keys and logs. */
export function nativeFolder(name: string): string {
  return join(cacheDir(), 'cluster', name);
}

/** A single node in namespaces of this machine, without Docker and without a registry. Needs root on Linux. */
export async function nativeUp(name: string): Promise<Cluster> {
  if (process.getuid?.() !== 0) throw new Error('a native cluster needs root');
  await ensureTools(['containerd', 'runc', 'cni', 'ip', 'iptables', 'nft', 'conntrack', 'ethtool', 'socat']);
  await ensureTools(['openssl', 'nsenter', 'mount', 'ps']);
  const programs = await nativePrograms();
  const client = await clientPrograms();
  const work = nativeFolder(name);
  const shell = await fileInputs([
    join(scripts, 'lib'),
    join(scripts, 'up.sh'),
    join(scripts, 'addons.yaml'),
  ]);
  const env = {
    KUBE_BIN: programs.bin,
    KUBE_PAUSE: programs.pause,
    KUBE_IMAGES: programs.images,
    KUBE_PROGRAMS: keyOf([programs.bin, programs.pause, programs.images, ...shell]),
  };
  await runScript('up.sh', work, env);
  return nativeCluster(name, client);
}

export async function nativeDown(name: string): Promise<void> {
  await runScript('down.sh', nativeFolder(name));
}

/** Whether the cluster's namespaces are there; says nothing about the health of what runs in them. */
export async function nativeIsUp(name: string): Promise<boolean> {
  const probe = `WORK=$1; . "$2/lib/common.sh"; alive`;
  const result = await execa('bash', ['-c', probe, 'alive', nativeFolder(name), scripts], { reject: false });
  return result.exitCode === 0;
}

async function nativeCluster(name: string, client: string): Promise<Cluster> {
  const work = nativeFolder(name);
  const kubeconfigPath = join(work, 'admin.kubeconfig');
  const slot = (await readFile(join(work, 'slot'), 'utf8')).trim();
  const socket = join(work, 'host/run/containerd/containerd.sock');
  return {
    name: 'native',
    kubeconfigPath,
    env: { KUBECONFIG: kubeconfigPath, PATH: `${client}:${process.env['PATH'] ?? ''}` },
    hostAddress: `10.89.${slot}.1`,
    async loadImage(image) {
      const ctr = ['-a', socket, '-n', 'k8s.io', 'images'];
      const { stdout } = await execa('ctr', [...ctr, 'ls', '-q', `name==${image.reference}`]);
      if (stdout.trim() === '') await execa('ctr', [...ctr, 'import', image.file]);
      return image.reference;
    },
    collectLogs: (folder) => copyLogs(work, folder),
    down: () => nativeDown(name),
  };
}

async function runScript(script: string, work: string, env: Record<string, string> = {}): Promise<void> {
  const child = execa('bash', [join(scripts, script), work], {
    env,
    all: true,
    buffer: false,
    reject: false,
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.all })) {
    lines.push(line);
    say(line);
  }
  const { failed, exitCode } = await child;
  if (failed) throw new Error(`${script} ended with ${exitCode}: ${lines.slice(-5).join('; ')}`);
}

async function copyLogs(work: string, folder: string): Promise<void> {
  const logs = join(work, 'logs');
  if (!(await exists(logs))) return;
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(logs)) await copyFile(join(logs, name), join(folder, name));
}
