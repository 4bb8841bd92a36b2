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
    await ensureTools(['mmdebstrap', 'keyring']);
    const mirror = await aptMirror();
    say(`building a Debian ${suite} root file system`);
    const options = [
      '--quiet',
      '--variant=essential',
      '--mode=root',
      `--include=${packages.join(',')}`,
      '--aptopt=Acquire::Check-Valid-Until "false"',
      ...leftOut.map((path) => `--dpkgopt=path-exclude=${path}`),
      ...[account, ...hooks].map((hook) => `--customize-hook=${hook}`),
    ];
    const sources = [`deb ${mirror.archive} ${suite} main`, `deb ${mirror.security} ${suite}-security main`];
    await sayWhile(`building a Debian ${suite} root file system`, () =>
      execa('mmdebstrap', [...options, suite, join(output, 'rootfs.tar'), ...sources], {
        env: { SOURCE_DATE_EPOCH: sourceDateEpoch },
      }),
    );
  });
  return join(folder, 'rootfs.tar');
}

/**
 * Unpacks Debian packages with all they need into `root`, which must not exist yet, without installing anything; by the
 * same mirror. Not cached.
 */
export async function extractPackages({ suite, packages }: Rootfs, root: string): Promise<void> {
  await ensureTools(['mmdebstrap', 'keyring']);
  const mirror = await aptMirror();
  const what = `fetching ${packages.join(', ')} of Debian ${suite}`;
  say(what);
  const options = [
    '--quiet',
    '--variant=extract',
    '--mode=root',
    `--include=${packages.join(',')}`,
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--aptopt=Acquire::Retries "3"',
    ...leftOut.map((path) => `--dpkgopt=path-exclude=${path}`),
  ];
  const sources = [`deb ${mirror.archive} ${suite} main`, `deb ${mirror.security} ${suite}-security main`];
  await sayWhile(what, () => execa('mmdebstrap', [...options, suite, root, ...sources]));
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
