import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export interface SmallVolume {
  readonly path: string;
  /** Mounts it anew, for reading only or not. */
  readonly remount: (mode: 'ro' | 'rw') => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A file system of its own of so many MiB, in memory. Only root can mount one: undefined for others. */
export async function mountSmallVolume(mebibytes: number): Promise<SmallVolume | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const path = await mkdtemp(join(tmpdir(), 'pgcairn-small-'));
  await execa('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path]);
  return {
    path,
    remount: async (mode) => {
      await execa('mount', ['-o', `remount,${mode}`, path]);
    },
    stop: async () => {
      await execa('umount', [path]);
      await rmdir(path);
    },
  };
}
