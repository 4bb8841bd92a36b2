import { join } from 'node:path';
import { execa } from 'execa';
import { aptMirror } from '../tools/apt-mirror.ts';
import { cached } from '../tools/cache.ts';
import { ensureTools } from '../tools/ensure-tools.ts';
import { say, sayWhile } from '../tools/say.ts';

export interface Rootfs {
  readonly suite: string;
  /** Debian packages beside the essential ones. */
  readonly packages: readonly string[];
  /** Shell commands with the root folder as $1, run before packing. */
  readonly hooks?: readonly string[];
}

/** Time stamp of everything in a root file system, so that the same packages give the same bytes. */
const sourceDateEpoch = '1735689600';

const leftOut = ['doc', 'man', 'locale', 'info', 'lintian', 'bash-completion'].map(
  (name) => `/usr/share/${name}/*`,
);

/** Everybody's rights, and the account that images run under, so that programs can look up who they are. */
const account = `echo 'pgcairn:x:10001:10001::/tmp:/usr/sbin/nologin' >>"$1/etc/passwd"; echo 'pgcairn:x:10001:' >>"$1/etc/group"`;

/** A Debian root file system as a tar, from this machine's own mirror; no registry is asked. Cached by its contents. */
export async function rootfs({ suite, packages, hooks = [] }: Rootfs): Promise<string> {
  const inputs = ['rootfs 1', suite, ...packages, ...hooks, account, sourceDateEpoch, ...leftOut];
  const folder = await cached({ name: `rootfs/${suite}`, inputs }, async (output) => {
    await bootstrap({ suite, packages }, join(output, 'rootfs.tar'), {
      what: `building a Debian ${suite} root file system`,
      options: ['--variant=essential', ...[account, ...hooks].map((hook) => `--customize-hook=${hook}`)],
    });
  });
  return join(folder, 'rootfs.tar');
}

/**
 * Unpacks Debian packages with all they need into `root`, which must not exist yet, without installing anything; by the
 * same mirror. Not cached.
 */
export async function extractPackages(wanted: Rootfs, root: string): Promise<void> {
  await bootstrap(wanted, root, {
    what: `fetching ${wanted.packages.join(', ')} of Debian ${wanted.suite}`,
    options: ['--variant=extract', '--aptopt=Acquire::Retries "3"'],
  });
}

async function bootstrap(
  { suite, packages }: Rootfs,
  target: string,
  { what, options }: { readonly what: string; readonly options: readonly string[] },
): Promise<void> {
  await ensureTools(['mmdebstrap', 'keyring']);
  const mirror = await aptMirror();
  say(what);
  const all = [
    '--quiet',
    '--mode=root',
    `--include=${packages.join(',')}`,
    '--aptopt=Acquire::Check-Valid-Until "false"',
    ...leftOut.map((path) => `--dpkgopt=path-exclude=${path}`),
    ...options,
  ];
  const sources = [`deb ${mirror.archive} ${suite} main`, `deb ${mirror.security} ${suite}-security main`];
  const env = { SOURCE_DATE_EPOCH: sourceDateEpoch };
  await sayWhile(what, () => execa('mmdebstrap', [...all, suite, target, ...sources], { env }));
}

/** What Node and the PostgreSQL clients need. */
export const programBase: Rootfs = {
  suite: 'trixie',
  packages: [
    'ca-certificates',
    'libgssapi-krb5-2',
    'liblz4-1',
    'libreadline8t64',
    'libssl3t64',
    'libstdc++6',
    'libzstd1',
    'tzdata',
  ],
};
