import { execa } from 'execa';
import { goMinimum } from './versions.ts';
import { exists } from './cache.ts';
import { say, sayWhile } from './say.ts';

interface Tool {
  /** Debian package that brings it. */
  readonly package: string;
  /** What proves that it is there: a program on PATH, a file, or a shared library. */
  readonly program?: string;
  readonly files?: readonly string[];
  readonly library?: string;
}

const tools = {
  age: { package: 'age', program: 'age' },
  buildah: { package: 'buildah', program: 'buildah' },
  busybox: { package: 'busybox-static', program: 'busybox' },
  ca: { package: 'ca-certificates', files: ['/etc/ssl/certs/ca-certificates.crt'] },
  cni: { package: 'containernetworking-plugins', files: ['/usr/lib/cni/bridge', '/opt/cni/bin/bridge'] },
  curl: { package: 'curl', program: 'curl' },
  jq: { package: 'jq', program: 'jq' },
  conntrack: { package: 'conntrack', program: 'conntrack' },
  containerd: { package: 'containerd', program: 'containerd' },
  ethtool: { package: 'ethtool', program: 'ethtool' },
  gcc: { package: 'gcc', program: 'cc' },
  gssapi: { package: 'libgssapi-krb5-2', library: 'libgssapi_krb5.so.2' },
  ip: { package: 'iproute2', program: 'ip' },
  iptables: { package: 'iptables', program: 'iptables' },
  keyring: { package: 'debian-archive-keyring', files: ['/usr/share/keyrings/debian-archive-keyring.gpg'] },
  libc: { package: 'libc6-dev', files: ['/usr/include/stdio.h'] },
  lz4: { package: 'liblz4-1', library: 'liblz4.so.1' },
  mmdebstrap: { package: 'mmdebstrap', program: 'mmdebstrap' },
  mount: { package: 'mount', program: 'mount' },
  nft: { package: 'nftables', program: 'nft' },
  nsenter: { package: 'util-linux', program: 'nsenter' },
  openssl: { package: 'openssl', program: 'openssl' },
  pgbouncer: { package: 'pgbouncer', program: 'pgbouncer' },
  pip: { package: 'python3-pip', program: 'pip3' },
  ps: { package: 'procps', program: 'ps' },
  readline: { package: 'libreadline8', library: 'libreadline.so.8' },
  runc: { package: 'runc', program: 'runc' },
  socat: { package: 'socat', program: 'socat' },
  ssl: { package: 'libssl3', library: 'libssl.so.3' },
  tzdata: { package: 'tzdata', files: ['/usr/share/zoneinfo/UTC'] },
  xml: { package: 'libxml2', library: 'libxml2.so.2' },
  zstd: { package: 'zstd', program: 'zstd' },
  zstdlib: { package: 'libzstd1', library: 'libzstd.so.1' },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof tools | 'go';

/**
 * Makes sure that the named outside tools are there. As root on a machine with apt-get it installs what is missing and
 * says so; otherwise it throws with the list and the command that would install it. Go is never installed.
 */
export async function ensureTools(names: readonly ToolName[]): Promise<void> {
  const missing: Tool[] = [];
  for (const name of names) {
    if (name === 'go') await requireGo();
    else if (!(await present(tools[name]))) missing.push(tools[name]);
  }
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((tool) => tool.package))];
  const command = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (process.getuid?.() !== 0 || !(await onPath('apt-get'))) {
    throw new Error(`these Debian packages are missing: ${packages.join(', ')}. As root: ${command}`);
  }
  say(`installing Debian packages: ${packages.join(' ')}`);
  await sayWhile('installing Debian packages', () => install(packages));
  for (const tool of missing) {
    if (!(await present(tool)))
      throw new Error(`package ${tool.package} is installed, but its tool is not there`);
  }
}

async function install(packages: readonly string[]): Promise<void> {
  await aptGet(['update']);
  await aptGet(['-y', '--no-install-recommends', 'install', ...packages]);
}

/** Runs apt-get without a question, waiting for others that install, and fetching again what does not come. */
export async function aptGet(args: readonly string[], cwd?: string): Promise<void> {
  const patience = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await execa('apt-get', [...patience, '-qq', ...args], { env, ...(cwd === undefined ? {} : { cwd }) });
}

async function present(tool: Tool): Promise<boolean> {
  if (tool.program !== undefined) return onPath(tool.program);
  if (tool.library !== undefined) return hasLibrary(tool.library);
  const found = await Promise.all((tool.files ?? []).map(exists));
  return found.includes(true);
}

/** System programs (nft, ip, runc) count even when the caller's PATH lacks the sbin folders. */
export async function onPath(program: string): Promise<boolean> {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  const found = await Promise.all(folders.map((folder) => exists(`${folder}/${program}`)));
  return found.includes(true);
}

async function hasLibrary(name: string): Promise<boolean> {
  const { stdout } = await execa('ldconfig', ['-p'], {
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });
  return stdout.split('\n').some((line) => line.trim().startsWith(`${name} `));
}

async function requireGo(): Promise<void> {
  const wanted = `${goMinimum.major}.${goMinimum.minor}`;
  const how = `install Go ${wanted} or newer (https://go.dev/doc/install) and put its bin folder on PATH`;
  if (!(await onPath('go'))) throw new Error(`go is missing: ${how}`);
  const { stdout } = await execa('go', ['env', 'GOVERSION']);
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(stdout) ?? [];
  const enough = Number(major) === goMinimum.major && Number(minor) >= goMinimum.minor;
  if (!enough) throw new Error(`go is too old (${stdout}): ${how}`);
}
