import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cached, sharedCacheDir } from './cache.ts';
import { aptGet, onPath } from './ensure-tools.ts';
import { say, sayWhile } from './say.ts';

/**
 * Path of the `promtool` program, which checks and tries alert rules: the one on PATH, else that of Debian's package,
 * unpacked once. The package is not installed, because it would start a Prometheus server.
 */
export async function promtool(): Promise<string> {
  if (await onPath('promtool')) return 'promtool';
  if (!(await onPath('apt-get'))) {
    throw new Error(
      'promtool is missing: install Prometheus (https://prometheus.io/download) and put it on PATH',
    );
  }
  const root = await sharedCacheDir();
  const tree = await cached({ root, name: 'promtool', inputs: ['debian 1'] }, async (folder) => {
    say('fetching promtool');
    await sayWhile('fetching promtool', () => unpack(folder));
  });
  return join(tree, 'promtool');
}

async function unpack(folder: string): Promise<void> {
  await download(folder);
  const archive = (await readdir(folder)).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error('apt-get download left no package of prometheus');
  const tree = join(folder, 'tree');
  await execa('dpkg-deb', ['--extract', join(folder, archive), tree]);
  await rename(join(tree, 'usr/bin/promtool'), join(folder, 'promtool'));
  await Promise.all([rm(tree, { recursive: true }), rm(join(folder, archive))]);
}

/** A machine that has never listed packages knows of none. */
async function download(folder: string): Promise<void> {
  const get = () => aptGet(['download', 'prometheus'], folder);
  await get().catch(async () => {
    await aptGet(['update']);
    await get();
  });
}
