import { copyFile, cp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { postgresServerTree, type ServerMajor } from '../tools/postgres.ts';
import { versitygw } from '../tools/versitygw.ts';
import type { ImageArchive, ImageConfig } from './archive.ts';
import { programBase, rootfs } from './rootfs.ts';
import { buildTestImage, writableFolder } from './test-image.ts';

/** What the servers of every major need: the clients' libraries, and libxml2. */
export const serverBase = { ...programBase, packages: [...programBase.packages, 'libxml2'] };

/** A PostgreSQL server for tests; the entry script's head says what it takes from the environment. */
export async function buildServerImage(major: ServerMajor): Promise<ImageArchive> {
  const bin = await postgresServerTree(major);
  return buildTestImage({
    name: `postgres-${major}`,
    base: await rootfs(serverBase),
    inputs: [bin],
    script: 'postgres-entrypoint.sh',
    fill: async (tree) => {
      const place = join(tree, programFolder(major), '..');
      await cp(dirname(bin), place, { recursive: true, verbatimSymlinks: true });
      await makeServerFolders(tree);
    },
    config: serverConfig(major),
  });
}

function programFolder(major: ServerMajor): string {
  return `/usr/lib/postgresql/${major}/bin`;
}

export async function makeServerFolders(tree: string): Promise<void> {
  for (const folder of ['var/lib/postgresql/data', 'run/postgresql', 'docker-entrypoint-initdb.d'])
    await writableFolder(join(tree, folder));
}

/** As that of the official image: root unless a pod says otherwise, stopped by SIGINT, a volume for the data. */
export function serverConfig(major: ServerMajor): ImageConfig {
  return {
    Env: [
      `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:${programFolder(major)}`,
      'LANG=en_US.utf8',
      `PG_MAJOR=${major}`,
      'PGDATA=/var/lib/postgresql/data',
      'PGHOST=/var/run/postgresql',
      'POSTGRES_USER=postgres',
      'POSTGRES_TLS_DIR=/etc/postgresql/tls',
    ],
    Entrypoint: ['/usr/local/bin/entrypoint'],
    Volumes: { '/var/lib/postgresql/data': {} },
    StopSignal: 'SIGINT',
  };
}

/** An S3 server for tests, over a folder. */
export async function buildS3Image(): Promise<ImageArchive> {
  const program = await versitygw();
  return buildTestImage({
    name: 's3',
    base: await rootfs(programBase),
    inputs: [program],
    script: 's3-entrypoint.sh',
    fill: async (tree) => {
      await copyFile(program, join(tree, 'usr/local/bin/versitygw'));
      await writableFolder(join(tree, 'data'));
    },
    config: {
      User: '10001:10001',
      Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'DATA_FOLDER=/data', 'LISTEN_PORT=7070', 'TLS_FOLDER=/tls'],
      Entrypoint: ['/usr/local/bin/entrypoint'],
    },
  });
}
