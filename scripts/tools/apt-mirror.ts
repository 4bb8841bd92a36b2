import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where this machine's own apt finds Debian, and its security updates. */
export interface AptMirror {
  readonly archive: string;
  readonly security: string;
}

/**
 * Reads the mirrors from /etc/apt, so that no mirror is written down in this project. `PGCAIRN_DEBIAN_MIRROR` and
 * `PGCAIRN_DEBIAN_SECURITY_MIRROR` stand in on a machine that is not Debian.
 */
export async function aptMirror(folder = '/etc/apt'): Promise<AptMirror> {
  const uris = [...(await sourceUris(folder))].map((uri) => uri.replace(/\/$/, ''));
  const security =
    process.env['PGCAIRN_DEBIAN_SECURITY_MIRROR'] ?? uris.find((uri) => uri.endsWith('/debian-security'));
  const archive = process.env['PGCAIRN_DEBIAN_MIRROR'] ?? uris.find((uri) => uri.endsWith('/debian'));
  if (archive === undefined) {
    throw new Error(`no Debian mirror in ${folder}: set PGCAIRN_DEBIAN_MIRROR to the address of one`);
  }
  return { archive, security: security ?? `${archive}-security` };
}

async function sourceUris(folder: string): Promise<Set<string>> {
  const parts = join(folder, 'sources.list.d');
  const names = await readdir(parts).catch(() => []);
  const files = [
    join(folder, 'sources.list'),
    ...names.sort((a, b) => a.localeCompare(b)).map((name) => join(parts, name)),
  ];
  const uris = new Set<string>();
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    for (const line of text.split('\n')) {
      const match = /^URIs:\s*(\S+)/.exec(line) ?? /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)/.exec(line);
      if (match?.[1] !== undefined) uris.add(match[1]);
    }
  }
  return uris;
}
