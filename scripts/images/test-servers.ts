import { chmod, copyFile, cp, mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, fileInputs, keyOf } from '../tools/cache.ts';
import { postgresServerTree, type ServerMajor } from '../tools/postgres.ts';
import { say } from '../tools/say.ts';
import { versitygw } from '../tools/versitygw.ts';
import { layerOf, writeArchive, type ImageArchive, type ImageConfig } from './archive.ts';
import { programBase, rootfs } from './rootfs.ts';

const scripts = fileURLToPath(new URL('servers', import.meta.url));

/** What the servers of every major need: the clients' libraries, and libxml2. */
const serverBase = { ...programBase, packages: [...programBase.packages, 'libxml2'] };

/** A PostgreSQL server for tests; the entry script's head says what it takes from the environment. */
export async function buildServerImage(major: ServerMajor): Promise<ImageArchive> {
  const bin = await postgresServerTree(major);
  const place = `/usr/lib/postgresql/${major}`;
  return buildTestImage({
    name: `postgres-${major}`,
    base: await rootfs(serverBase),
    inputs: [bin],
    script: 'postgres-entrypoint.sh',
    fill: async (tree) => {
      await cp(dirname(bin), join(tree, place), { recursive: true, verbatimSymlinks: true });
      for (const folder of ['var/lib/postgresql/data', 'var/run/postgresql', 'docker-entrypoint-initdb.d']) {
        await writableFolder(join(tree, folder.replace('var/run', 'run')));
      }
    },
    config: {
      User: '10001:10001',
      Env: [
        `PATH=${place}/bin:/usr/local/bin:/usr/bin:/bin`,
        'PGDATA=/var/lib/postgresql/data',
        'PGHOST=/var/run/postgresql',
        'POSTGRES_USER=postgres',
        'POSTGRES_TLS_DIR=/etc/postgresql/tls',
        'LANG=C.UTF-8',
      ],
      Entrypoint: ['/usr/local/bin/entrypoint'],
    },
  });
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

interface TestImage {
  readonly name: string;
  /** Root file system, the lowest layer. */
  readonly base: string;
  /** Further paths of the cache, whose folder is named after what they were made from. */
  readonly inputs: readonly string[];
  /** File of `servers/` that becomes the entry point. */
  readonly script: string;
  /** Puts files into the upper layer's tree. */
  fill(tree: string): Promise<void>;
  readonly config: ImageConfig;
}

async function buildTestImage(image: TestImage): Promise<ImageArchive> {
  const script = join(scripts, image.script);
  const own = await fileInputs([script]);
  const made = [image.base, ...image.inputs].map((path) => basename(dirname(path)));
  const inputs = ['test image 1', image.name, ...made, ...own, JSON.stringify(image.config)];
  const reference = `localhost/pgcairn-test-${image.name}:${keyOf(inputs)}`;
  const folder = await cached({ name: `images/${image.name}`, inputs, keep: 2 }, async (output) => {
    say(`building image ${reference}`);
    const tree = join(output, 'tree');
    await mkdir(join(tree, 'usr/local/bin'), { recursive: true });
    await copyFile(script, join(tree, 'usr/local/bin/entrypoint'));
    await chmod(join(tree, 'usr/local/bin/entrypoint'), 0o755);
    await image.fill(tree);
    const upper = await layerOf(tree, join(output, 'layer'));
    const content = { reference, layers: [image.base, upper], config: image.config };
    await writeArchive(content, join(output, 'image.tar'));
    await rm(upper);
    await rm(tree, { recursive: true });
  });
  return { reference, file: join(folder, 'image.tar') };
}

/** Any user may write there, since a test chooses which one the pod runs under. */
async function writableFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o1777);
}
