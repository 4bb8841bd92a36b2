// npm run demo: the whole path on a real cluster, ended by opening the backup with nothing of pgcairn.
//   --size MB   more data (default 20)      --down   remove the cluster and what the demo wrote
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { ageBinary } from '../scripts/tools/age.ts';
import { cacheDir } from '../scripts/tools/cache.ts';
import { ensureTools } from '../scripts/tools/ensure-tools.ts';
import { postgresClients } from '../scripts/tools/postgres.ts';
import type { Cluster } from '../test/cluster/harness/cluster.ts';
import { kubectlFor, waitFor } from '../test/cluster/harness/kubectl.ts';
import { closeCluster, openCluster } from '../test/cluster/harness/open.ts';
import { forward } from '../test/cluster/stage/forward.ts';
import { install } from '../test/cluster/stage/install.ts';
import type { Shop } from '../test/cluster/stage/shop.ts';
import { bucket, furnishShop } from '../test/cluster/stage/shop.ts';
import { formatBytes, narrator } from './progress.ts';

const namespace = 'shop';
const folder = join(cacheDir(), 'demo');
const { values: options } = parseArgs({
  options: { size: { type: 'string', default: '20' }, down: { type: 'boolean' } },
});
const tell = narrator();

async function main(): Promise<void> {
  if (options.down) {
    await closeCluster();
    rmSync(folder, { recursive: true, force: true });
    tell.step('the cluster and what the demo wrote are gone');
    return;
  }
  tell.step('a cluster (building it the first time takes about a quarter of an hour)');
  const cluster = await openCluster();
  tell.step('images, and the chart by helm');
  await install(cluster);
  tell.step(`a PostgreSQL with ${options.size} MB of interesting data, and an S3 server`);
  const shop = await furnishShop(cluster, namespace, { folder, megabytes: Number(options.size) });
  tell.step('the samples: a BackupRepository and a PostgresBackup');
  await shop.applySamples();
  await shop.kubectl(['wait', 'pgrepo/offsite', '--for=condition=Ready', '--timeout=120s']);
  await shop.kubectl([
    'annotate',
    'pgbackup',
    'shop',
    `pgcairn.dev/run-requested=${Date.now()}`,
    '--overwrite',
  ]);
  const runId = await firstRun(cluster);
  tell.step('what people see');
  for (const kinds of ['pgrepo', 'pgbackup', 'jobs']) console.log(await shop.kubectl(['get', kinds]), '\n');
  tell.step('what lies in the bucket');
  await listBucket(shop);
  tell.step('the backup opened by hand, with nothing of pgcairn');
  await openByHand(cluster, shop, runId);
  console.log(`
The commands that were just run, as demo/open-by-hand.sh:

${readFileSync(join(import.meta.dirname, 'open-by-hand.sh'), 'utf8')}
Look around:    eval "$(npm run --silent cluster -- env)"; kubectl -n ${namespace} describe pgbackup shop
Back up again:  kubectl -n ${namespace} annotate pgbackup shop pgcairn.dev/run-requested=$(date +%s) --overwrite
Clean up:       npm run demo -- --down`);
}

interface BackupStatus {
  readonly lastSuccess?: { readonly runId: string };
  readonly currentRun?: {
    readonly stage: string;
    readonly progress?: { readonly step: string; readonly bytes: number };
  };
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  }[];
}

function describe({ currentRun: run, conditions = [] }: BackupStatus): string {
  const last = conditions.find((condition) => condition.type === 'LastRunSucceeded');
  if (run === undefined) return `${last?.reason ?? 'waiting'}: ${last?.message ?? ''}`;
  const { stage, progress } = run;
  return progress === undefined ? stage : `${stage}, ${progress.step}, ${formatBytes(progress.bytes)}`;
}

/** Waits for the run that was asked for, and says what it is doing whenever that changes. */
async function firstRun(cluster: Cluster): Promise<string> {
  let said = '';
  return waitFor(
    'the first verified run',
    async () => {
      const backup = await kubectlFor(cluster).get<{ status?: BackupStatus }>('pgbackup', 'shop', namespace);
      const status = backup?.status ?? {};
      const now = describe(status);
      if (now !== said) tell.line(now);
      said = now;
      return status.lastSuccess?.runId;
    },
    { timeoutSeconds: 1800, intervalMilliseconds: 500 },
  );
}

async function listBucket(shop: Shop): Promise<void> {
  const { Contents = [] } = await shop.withS3((client) =>
    client.send(new ListObjectsV2Command({ Bucket: bucket })),
  );
  for (const object of Contents) tell.line(`${formatBytes(object.Size ?? 0).padStart(10)}  ${object.Key}`);
}

async function openByHand(cluster: Cluster, shop: Shop, runId: string): Promise<void> {
  await ensureTools(['curl', 'jq']);
  const out = join(folder, 'opened');
  mkdirSync(out, { recursive: true });
  const programs = [join(await postgresClients(), '16/bin'), join(await ageBinary(), '..')];
  await using store = await forward(cluster, namespace, 's3', 7070);
  await using database = await forward(cluster, namespace, 'shop-db', 5432);
  const env = {
    ...shop.libpq(database),
    PATH: [...programs, process.env['PATH']].join(':'),
    STORE: `http://127.0.0.1:${store.port}`,
    BUCKET: bucket,
    CURL_CONFIG: shop.secrets.files.curlConfig,
    IDENTITY: shop.secrets.files.identity,
    RUN: `${namespace}/shop/${runId}`,
    OUT: out,
  };
  const { stdout } = await execa('bash', [join(import.meta.dirname, 'open-by-hand.sh')], { env });
  for (const line of stdout.split('\n')) tell.line(line);
}

await main();
