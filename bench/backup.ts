import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { BackupRepositorySpec } from '../src/api/v1alpha1/backup-repository.ts';
import { PostgresBackupSpec } from '../src/api/v1alpha1/postgres-backup.ts';
import { bundle } from '../scripts/images/bundle.ts';
import { postgresClients } from '../scripts/tools/postgres.ts';
import type { PostgresServer } from '../test/integration/servers/postgres-server.ts';
import { startServer } from '../test/integration/servers/postgres-server.ts';
import { startS3Server } from '../test/integration/servers/s3-server.ts';
import type { Contestant } from './measure.ts';
import { compare } from './measure.ts';

const bucket = 'bench';

/** Whole runs (dump, count, decode, encrypt, upload, read back, sign) beside what a user would run instead. */
export async function benchBackup(size: { rows: number; rounds: number }): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'pgcairn-bench-'));
  const server = await startServer('17', {
    settings: { shared_buffers: '1GB', fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' },
  });
  const store = await startS3Server();
  try {
    await store.makeBucket(bucket);
    await server.createDatabase('bench');
    console.log(`loading ${size.rows} rows`);
    await server.run(join(import.meta.dirname, 'data.sql'), 'bench', { rows: String(size.rows) });
    console.log(`the database has ${await server.sql("SELECT pg_size_pretty(pg_database_size('bench'))")}`);
    const s3 = {
      s3: { bucket, prefix: 'b', endpoint: store.endpoint, credentialsSecretRef: { name: 's3' } },
    };
    const keys = store.access.credentials;
    const secrets = { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey };
    await compare(
      [
        await shell('pg_dump \\| gzip', 'pg_dump --dbname=bench | gzip >"$OUT"', server, work),
        await shell(
          'pg_dump -Fc --compress=zstd:1',
          'pg_dump --dbname=bench -Fc --compress=zstd:1 --file="$OUT"',
          server,
          work,
        ),
        await worker(
          'pgcairn to S3, Inventoried',
          { level: 'Inventoried', repository: s3, secrets, objects: store.folder },
          server,
          work,
        ),
        await worker(
          'pgcairn to S3, Stored',
          { level: 'Stored', repository: s3, secrets, objects: store.folder },
          server,
          work,
        ),
        await worker(
          'pgcairn to a volume, Inventoried',
          { level: 'Inventoried', repository: { volume: { claimName: 'c' } } },
          server,
          work,
        ),
      ],
      size.rounds,
    );
  } finally {
    await store.stop();
    await server.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

async function libpq(server: PostgresServer): Promise<Record<string, string>> {
  const bin = join(await postgresClients(), '17/bin');
  return {
    PATH: `${bin}:/usr/bin:/bin`,
    PGHOST: server.host,
    PGPORT: String(server.port),
    PGUSER: server.user,
    PGPASSWORD: server.password,
  };
}

async function shell(
  name: string,
  script: string,
  server: PostgresServer,
  work: string,
): Promise<Contestant> {
  const out = join(work, 'plain');
  return {
    name,
    command: ['bash', '-euo', 'pipefail', '-c', script],
    env: { ...(await libpq(server)), OUT: out },
    prepare: () => rmSync(out, { force: true }),
    size: () => statSync(out).size,
  };
}

interface WorkerChoice {
  readonly level: 'Stored' | 'Inventoried';
  readonly repository: object;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Where the store keeps its objects; default the volume. */
  readonly objects?: string;
}

/** The worker as a process of its own, with task and Secrets as files: what runs in a pod. */
async function worker(
  name: string,
  choice: WorkerChoice,
  server: PostgresServer,
  work: string,
): Promise<Contestant> {
  const root = mkdtempSync(join(work, 'root-'));
  const secret = (folder: string, keys: Readonly<Record<string, string>>): void => {
    mkdirSync(join(root, folder), { recursive: true });
    for (const [key, value] of Object.entries(keys)) writeFileSync(join(root, folder, key), value);
  };
  const signing = generateKeyPairSync('ed25519')
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  secret('signing', { 'signing.key': signing });
  secret('connection', {
    username: server.user,
    password: server.password,
    host: server.host,
    port: String(server.port),
    dbname: 'bench',
  });
  secret('store', choice.secrets ?? {});
  for (const folder of ['scratch', 'repository', 'task']) mkdirSync(join(root, folder));
  const repository = BackupRepositorySpec.parse({
    ...choice.repository,
    encryption: { age: { recipients: [await identityToRecipient(await generateIdentity())] } },
    signing: { keySecretRef: { name: 'signing' } },
  });
  const spec = PostgresBackupSpec.parse({
    connection: { secretRef: { name: 'db' }, tls: { mode: 'Disable' } },
    repositoryRef: { name: 'r' },
    verification: { level: choice.level },
  });
  const backup = {
    namespace: 'bench',
    name: name.replaceAll(/[^a-z]+/gi, '-').toLowerCase(),
    uid: randomUUID(),
  };
  const objects = join(choice.objects ?? join(root, 'repository'));
  return {
    name,
    command: [
      process.execPath,
      await bundle(),
      'worker',
      `--root=${root}`,
      `--termination-message=${join(root, 'report')}`,
      `--client-root=${await postgresClients()}`,
      '--log-level=warn',
    ],
    env: {},
    prepare: () => {
      const slotTime = new Date();
      const id = `${slotTime.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z-${randomUUID().slice(0, 4)}`;
      rmSync(join(root, 'scratch'), { recursive: true });
      mkdirSync(join(root, 'scratch'));
      const task = {
        version: 1,
        kind: 'backup',
        backup,
        run: { id, trigger: 'Local', slotTime: slotTime.toISOString() },
        repository,
        spec,
      };
      writeFileSync(join(root, 'task/task.json'), JSON.stringify(task));
    },
    size: () => newestRunBytes(objects, backup.name),
  };
}

/** Bytes of the newest run's files, wherever below `folder` the store keeps them. */
function newestRunBytes(folder: string, backup: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && `${entry.parentPath}/`.includes(`/bench/${backup}/2`),
  );
  const newest = files
    .map((file) => file.parentPath)
    .toSorted()
    .at(-1);
  return files
    .filter((file) => file.parentPath === newest)
    .reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}
