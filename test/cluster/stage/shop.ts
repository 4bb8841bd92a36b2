import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa, ExecaError } from 'execa';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { buildServerImage, buildS3Image } from '../../../scripts/images/test-servers.ts';
import { postgresClients } from '../../../scripts/tools/postgres.ts';
import { say } from '../../../scripts/tools/say.ts';
import type { Cluster } from '../harness/cluster.ts';
import { kubectlFor } from '../harness/kubectl.ts';
import type { Forward } from './forward.ts';
import { forward } from './forward.ts';
import { restrictedNamespace } from './install.ts';
import type { ShopSecrets } from './secrets.ts';
import { makeSecrets } from './secrets.ts';
import { template } from './template.ts';

export const bucket = 'acme-backups';

/**
 * A namespace with what a user has before pgcairn comes: a PostgreSQL (`shop-db`) with the interesting data in the
 * database `shop`, an S3 server (`s3`) with the bucket `acme-backups`, and the Secrets `shop-db`, `offsite-s3` and
 * `pgcairn-signing`. It enforces the restricted Pod Security Standard.
 */
export interface Shop {
  readonly namespace: string;
  readonly secrets: ShopSecrets;
  /** kubectl in this namespace. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** The demo's BackupRepository `offsite` and PostgresBackup `shop`, this one at another time of day, as YAML. */
  readonly samples: readonly [repository: string, backup: string];
  applySamples(): Promise<void>;
  /** The demo's BackupDrill `shop-monthly`, and the private key that it needs, as a Secret. */
  applyDrill(): Promise<void>;
  /** Image of the server that the data is on. */
  readonly serverImage: string;
  /** Environment for PostgreSQL's programs against a forwarded port. */
  libpq(database: Forward): Record<string, string>;
  /** SQL through a port-forward, as superuser; returns what psql printed, unaligned. */
  psql(sql: string, options?: SqlOptions): Promise<string>;
  /** An S3 client through a port-forward that lives as long as `use` runs. */
  withS3<T>(use: (client: S3Client, forward: Forward) => Promise<T>): Promise<T>;
  /** Deletes the namespace and the key files. */
  remove(): Promise<void>;
}

export interface SqlOptions {
  /** Default `shop`. */
  readonly database?: string;
  /** Default 120,000. */
  readonly timeoutMilliseconds?: number;
}

export interface ShopOptions {
  /** Folder for the private keys that stay with a person. */
  readonly folder: string;
  /** Size of the demo's events table; default 1. */
  readonly megabytes?: number;
  /** Leaves the schedule of the samples as it is. Otherwise it comes in twelve hours, and not while a test looks. */
  readonly keepsSchedule?: boolean;
}

/** Furnishes `namespace` anew: what was there before is deleted first. */
export async function furnishShop(cluster: Cluster, namespace: string, options: ShopOptions): Promise<Shop> {
  try {
    return await furnish(cluster, namespace, options);
  } catch (error) {
    // A port-forward that breaks under psql leaves half of the data.
    say(`furnishing ${namespace} once more: ${error instanceof Error ? error.message : String(error)}`);
    return await furnish(cluster, namespace, options);
  }
}

async function furnish(cluster: Cluster, namespace: string, options: ShopOptions): Promise<Shop> {
  const plain = kubectlFor(cluster);
  const POSTGRES_IMAGE = await cluster.loadImage(await buildServerImage('16'));
  const S3_IMAGE = await cluster.loadImage(await buildS3Image());
  await plain.deleteNamespace(namespace);
  await restrictedNamespace(cluster, namespace);
  const secrets = await makeSecrets(options.folder, { host: 'shop-db', port: 5432 });
  const shop = shopIn(cluster, namespace, secrets, { ...options, serverImage: POSTGRES_IMAGE });
  const manifests = secrets.manifests.map((manifest) => JSON.stringify(manifest)).join('\n---\n');
  await shop.kubectl(['apply', '-f', '-'], manifests);
  await shop.kubectl(['apply', '-f', '-'], template('manifests/postgres.yaml', { POSTGRES_IMAGE }));
  await shop.kubectl(['apply', '-f', '-'], template('manifests/s3.yaml', { S3_IMAGE }));
  await shop.kubectl(['rollout', 'status', 'statefulset/shop-db', 'deployment/s3', '--timeout=180s']);
  await loadData(cluster, shop, options.megabytes ?? 1);
  await shop.withS3((client) => client.send(new CreateBucketCommand({ Bucket: bucket })));
  return shop;
}

function shopIn(
  cluster: Cluster,
  namespace: string,
  secrets: ShopSecrets,
  { folder, serverImage, keepsSchedule = false }: ShopOptions & { readonly serverImage: string },
): Shop {
  const kubectl: Shop['kubectl'] = (args, input) =>
    kubectlFor(cluster).run(['--namespace', namespace, ...args], {
      timeoutMilliseconds: 300_000,
      ...(input === undefined ? {} : { input }),
    });
  const libpq: Shop['libpq'] = (database) => ({
    PGHOST: '127.0.0.1',
    PGPORT: String(database.port),
    PGUSER: 'postgres',
    PGPASSFILE: secrets.files.passwordFile,
    PGOPTIONS: '-c client_min_messages=warning',
  });
  const samples: Shop['samples'] = [
    template('samples/backup-repository.yaml', { AGE_RECIPIENT: secrets.recipient }),
    keepsSchedule ? template(backupSample) : comesLate(template(backupSample)),
  ];
  return {
    namespace,
    secrets,
    kubectl,
    libpq,
    samples,
    async applySamples() {
      for (const sample of samples) await kubectl(['apply', '-f', '-'], sample);
    },
    serverImage,
    async applyDrill() {
      await kubectl(['apply', '-f', '-'], JSON.stringify(secrets.identity));
      await kubectl(['apply', '-f', '-'], template('samples/backup-drill.yaml'));
    },
    async psql(sql, { database = 'shop', timeoutMilliseconds: timeout = 120_000 } = {}) {
      for (let attempt = 1; ; attempt += 1) {
        await using server = await forward(cluster, namespace, 'shop-db', 5432);
        try {
          return await psql(libpq(server), database, ['-XqAt'], { input: sql, timeout });
        } catch (error) {
          if (attempt === 3 || !couldNotConnect(error)) throw error;
        }
      }
    },
    async withS3(use) {
      await using store = await forward(cluster, namespace, 's3', 7070);
      const client = new S3Client({
        endpoint: `http://127.0.0.1:${store.port}`,
        region: 'us-east-1',
        forcePathStyle: true,
        credentials: { accessKeyId: secrets.accessKey, secretAccessKey: secrets.secretKey },
        requestChecksumCalculation: 'WHEN_REQUIRED',
        requestHandler: { connectionTimeout: 10_000, socketTimeout: 30_000 },
      });
      try {
        return await use(client, store);
      } finally {
        client.destroy();
      }
    },
    async remove() {
      await kubectlFor(cluster).deleteNamespace(namespace);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const backupSample = 'samples/postgres-backup.yaml';

function comesLate(sample: string): string {
  const hour = (new Date().getUTCHours() + 12) % 24;
  return sample
    .replace(/schedule: .*/, `schedule: '17 ${hour} * * *'`)
    .replace(/timeZone: .*/, 'timeZone: Etc/UTC');
}

/** True when psql had no session, so that nothing was run: a port-forward listens before it can carry anything. */
function couldNotConnect(error: unknown): boolean {
  return error instanceof ExecaError && /^psql: error: connection to server at /m.test(String(error.stderr));
}

async function psql(
  env: Record<string, string>,
  database: string,
  args: readonly string[],
  { input, timeout }: { readonly input?: string; readonly timeout: number },
): Promise<string> {
  const program = join(await postgresClients(), '16/bin/psql');
  const { stdout } = await execa(program, ['--set=ON_ERROR_STOP=1', ...args], {
    env: { ...env, PGDATABASE: database },
    // A port-forward may stop to carry bytes without closing.
    timeout,
    ...(input === undefined ? {} : { input }),
  });
  return stdout;
}

async function loadData(cluster: Cluster, shop: Shop, megabytes: number): Promise<void> {
  await using server = await forward(cluster, shop.namespace, 'shop-db', 5432);
  const file = join(import.meta.dirname, '../../../demo/data/interesting.sql');
  const options = ['-Xq', '-o', '/dev/null', `--set=size_mb=${megabytes}`, `--file=${file}`];
  await psql(shop.libpq(server), 'shop', options, { timeout: 240_000 + megabytes * 1000 });
}
