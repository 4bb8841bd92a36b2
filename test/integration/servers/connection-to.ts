import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectionSpec } from '../../../src/api/v1alpha1/postgres-backup.ts';
import type { Connection } from '../../../src/postgres/connection.ts';
import { readConnection } from '../../../src/postgres/connection.ts';
import type { PostgresServer } from './postgres-server.ts';

/** A worker's root folder with mounted Secrets, as the kubelet would make it. */
export interface WorkerRoot {
  readonly root: string;
  /** Writes one Secret: `folder` as in src/task/paths.ts. */
  secret(folder: string, keys: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
  remove(): Promise<void>;
}

export async function makeWorkerRoot(): Promise<WorkerRoot> {
  const root = await mkdtemp(join(tmpdir(), 'pgcairn-worker-'));
  return {
    root,
    secret: async (folder, keys) => {
      await mkdir(join(root, folder), { recursive: true });
      for (const [key, value] of Object.entries(keys)) await writeFile(join(root, folder, key), value);
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

export interface ConnectionChoice {
  readonly user?: string;
  readonly password?: string;
  readonly host?: string;
  readonly port?: number;
  readonly tls?: object;
}

/** A connection to a test's server, read from Secrets below `worker` as in a pod. */
export async function connectionTo(
  server: PostgresServer,
  worker: WorkerRoot,
  choice: ConnectionChoice = {},
): Promise<Connection> {
  await worker.secret('connection', {
    username: choice.user ?? server.user,
    password: choice.password ?? server.password,
    host: choice.host ?? server.host,
    port: String(choice.port ?? server.port),
  });
  const spec = {
    secretRef: { name: 'db' },
    ...(choice.tls === undefined ? { tls: { mode: 'Prefer' } } : { tls: choice.tls }),
  };
  return readConnection(worker.root, ConnectionSpec.parse(spec));
}
