import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { layerOf, writeArchive } from '../../../scripts/images/archive.ts';
import { buildBusyboxImage } from '../../../scripts/images/busybox.ts';
import { cached, fileInputs } from '../../../scripts/tools/cache.ts';
import { ensureTools } from '../../../scripts/tools/ensure-tools.ts';
import { goProgram } from '../../../scripts/tools/go-build.ts';
import { helm } from '../../../scripts/tools/helm.ts';

const sources = fileURLToPath(new URL('../native/src', import.meta.url));

const components = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'kubelet',
  'kubectl',
  'local-provisioner',
  'network-policy',
] as const;

export interface NativePrograms {
  /** Folder of links: every component, etcd. */
  readonly bin: string;
  readonly pause: string;
  /** Folder of image archives that the cluster needs from the start. */
  readonly images: string;
}

/** Builds what a native cluster runs, unless it is in the cache: 8 to 15 minutes the first time. */
export async function nativePrograms(): Promise<NativePrograms> {
  await ensureTools(['go', 'gcc', 'libc']);
  const kube = await kubeProgram();
  const etcd = await goProgram({ name: 'etcd', module: join(sources, 'etcd'), package: '.' });
  const coredns = await goProgram({ name: 'coredns', module: join(sources, 'coredns'), package: '.' });
  const pause = await pauseProgram();
  const bin = await cached({ name: 'bin/node', inputs: ['links 1', kube, etcd] }, async (folder) => {
    for (const component of components) await symlink(kube, join(folder, component));
    await symlink(etcd, join(folder, 'etcd'));
  });
  return { bin, pause, images: await nodeImages(pause, coredns) };
}

/** Folder with `kubectl` (of the native cluster's version) and `helm`, to put first on PATH. */
export async function clientPrograms(): Promise<string> {
  const kube = await kubeProgram();
  const helmProgram = await helm();
  return cached({ name: 'bin/client', inputs: ['links 1', kube, helmProgram] }, async (folder) => {
    await symlink(kube, join(folder, 'kubectl'));
    await symlink(helmProgram, join(folder, 'helm'));
  });
}

async function kubeProgram(): Promise<string> {
  const module = join(sources, 'cluster');
  const pinned = /^\tk8s\.io\/kubernetes (v1\.(\d+)\.\d+)$/m.exec(
    await readFile(join(module, 'go.mod'), 'utf8'),
  );
  const [, version, minor] = pinned ?? [];
  const variables = [
    `k8s.io/component-base/version.gitVersion=${version}`,
    'k8s.io/component-base/version.gitMajor=1',
    `k8s.io/component-base/version.gitMinor=${minor}`,
    `k8s.io/client-go/pkg/version.gitVersion=${version}`,
  ];
  return goProgram({ name: 'kube', module, package: '.', variables });
}

async function pauseProgram(): Promise<string> {
  const source = join(sources, 'pause/pause.c');
  const folder = await cached(
    { name: 'bin/pause', inputs: ['cc 1', ...(await fileInputs([source]))] },
    async (output) => {
      await execa('cc', ['-Os', '-static', '-s', '-o', join(output, 'pause'), source]);
    },
  );
  return join(folder, 'pause');
}

async function nodeImages(pause: string, coredns: string): Promise<string> {
  const busybox = await buildBusyboxImage();
  return cached({ name: 'images/node', inputs: ['node 1', pause, coredns, busybox.file] }, async (folder) => {
    await programImage(folder, { name: 'pause', program: pause, user: '65535:65535' });
    await programImage(folder, { name: 'coredns', program: coredns, user: '65532:65532' });
    await symlink(busybox.file, join(folder, 'busybox.tar'));
  });
}

async function programImage(
  folder: string,
  image: { name: string; program: string; user: string },
): Promise<void> {
  const tree = join(folder, 'tree');
  await mkdir(tree);
  await execa('cp', [image.program, join(tree, image.name)]);
  const layer = await layerOf(tree, join(folder, 'layer'));
  await rm(tree, { recursive: true });
  const config = { User: image.user, Entrypoint: [`/${image.name}`] };
  const reference = `localhost/${image.name}:1`;
  await writeArchive({ reference, layers: [layer], config }, join(folder, `${image.name}.tar`));
  await rm(layer);
}
