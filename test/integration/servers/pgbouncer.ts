import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { ensureTools } from '../../../scripts/tools/ensure-tools.ts';
import { serverIdentity } from '../../../scripts/tools/postgres.ts';
import { freePort } from './free-port.ts';
import type { PostgresServer } from './postgres-server.ts';

export interface PgBouncer {
  readonly port: number;
  stop(): Promise<void>;
}

/** A PgBouncer in front of a server, with the server's superuser as its only user. */
export async function startPgBouncer(
  server: PostgresServer,
  settings: Readonly<Record<string, string>>,
): Promise<PgBouncer> {
  await ensureTools(['pgbouncer']);
  const identity = await serverIdentity();
  const folder = await mkdtemp(join(tmpdir(), 'pgcairn-pgbouncer-'));
  if (identity !== undefined) await chown(folder, identity.uid, identity.gid);
  const port = await freePort();
  const all = {
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: 'plain',
    auth_file: join(folder, 'users.txt'),
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
  const target = `* = host=${server.host} port=${server.port}`;
  const file = join(folder, 'pgbouncer.ini');
  await writeFile(file, `[databases]\n${target}\n[pgbouncer]\n${lines.join('\n')}\n`);
  await writeFile(join(folder, 'users.txt'), `"${server.user}" "${server.password}"\n`);
  const env = { PATH: '/usr/sbin:/usr/bin:/bin' };
  const child = execa('pgbouncer', [file], {
    ...identity,
    env,
    extendEnv: false,
    cwd: folder,
    reject: false,
  });
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      if (chunk.includes('process up')) resolve();
    });
    child.then(({ stderr }) => reject(new Error(`PgBouncer ended: ${stderr}`)), reject);
  });
  return {
    port,
    stop: async () => {
      child.kill('SIGKILL');
      await child;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
