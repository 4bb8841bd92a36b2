import { mkdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheDir, exists } from '../tools/cache.ts';
import { ensureTools } from '../tools/ensure-tools.ts';
import { withLock } from '../tools/lock.ts';

/** Runs buildah and gives its standard output. */
export type Buildah = (args: readonly string[]) => Promise<string>;

/**
 * Gives buildah a store of its own in the cache folder, so that nothing of this machine's containers is touched and
 * layers are found again. One process at a time; nothing stays mounted.
 */
export async function withBuildah<T>(work: (buildah: Buildah) => Promise<T>): Promise<T> {
  await ensureTools(['buildah']);
  const store = join(cacheDir(), 'buildah');
  const configuration = join(store, 'containers.conf');
  await mkdir(join(store, 'networks'), { recursive: true });
  await writeFile(configuration, `[network]\nnetwork_config_dir = "${join(store, 'networks')}"\n`);
  const place = [
    '--root',
    join(store, 'root'),
    '--runroot',
    join(store, 'run'),
    '--storage-driver',
    'overlay',
  ];
  const env = { TMPDIR: store, CONTAINERS_CONF: configuration };
  const buildah: Buildah = async (args) => (await execa('buildah', [...place, ...args], { env })).stdout;
  return withLock(join(cacheDir(), 'locks', 'buildah'), async () => {
    const found = await exists(outside);
    try {
      return await work(buildah);
    } finally {
      await execa('buildah', [...place, 'rm', '--all'], { env, reject: false });
      await execa('umount', [join(store, 'root/overlay')], { reject: false });
      if (!found) await removeOutside();
    }
  });
}

/** buildah keeps a cache here whatever its options say. */
const outside = '/var/lib/containers';

async function removeOutside(): Promise<void> {
  await rm(join(outside, 'cache'), { recursive: true, force: true });
  await rmdir(outside).catch(() => undefined);
}
