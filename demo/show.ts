import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { execa } from 'execa';
import { ageBinary } from '../scripts/tools/age.ts';
import { ensureTools } from '../scripts/tools/ensure-tools.ts';
import { postgresClients } from '../scripts/tools/postgres.ts';
import type { Cluster } from '../test/cluster/harness/cluster.ts';
import { openCluster } from '../test/cluster/harness/open.ts';
import { forward } from '../test/cluster/stage/forward.ts';
import { install } from '../test/cluster/stage/install.ts';
import type { Shop } from '../test/cluster/stage/shop.ts';
import { bucket, furnishShop } from '../test/cluster/stage/shop.ts';
import type { RunStatus } from './follow.ts';
import { follow } from './follow.ts';
import type { Place } from './place.ts';
import { namespace } from './place.ts';
import { formatBytes, narrator } from './progress.ts';
import { checkEvidence, rehearse } from './rehearsal.ts';

const tell = narrator();

/**
 * The whole path on a real cluster: a backup, opened with nothing of pgcairn, and a drill that proves that it restores,
 * its evidence checked with openssl.
 */
export async function show({ cluster: which, given, folder }: Place, megabytes: number): Promise<void> {
  const building =
    given === undefined ? ' (building it the first time takes about a quarter of an hour)' : '';
  tell.step(`${which}${building}`);
  const cluster = await openCluster();
  tell.step('images, and the chart by helm');
  await install(cluster);
  tell.step(`a PostgreSQL with ${String(megabytes)} MB of interesting data, and an S3 server`);
  const shop = await furnishShop(cluster, namespace, { folder, megabytes, keepsSchedule: true });
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
  const { runId } = await follow<BackupStatus, { readonly runId: string }>(
    cluster,
    tell,
    { kind: 'pgbackup', name: 'shop', namespace, until: 'the first verified run' },
    ({ lastSuccess }) => lastSuccess,
  );
  tell.step('what people see');
  for (const kinds of ['pgrepo', 'pgbackup', 'jobs']) console.log(await shop.kubectl(['get', kinds]), '\n');
  tell.step('what lies in the bucket');
  await listBucket(shop);
  tell.step('the backup opened by hand, with nothing of pgcairn');
  await openByHand(cluster, shop, runId, folder);
  tell.step('a rehearsal: the sample BackupDrill, and the private key that only its pod gets');
  const evidence = await rehearse(cluster, shop, tell);
  tell.step('what people see of it');
  console.log(await shop.kubectl(['get', 'pgdrill']), '\n');
  tell.step('the evidence, checked with openssl');
  const report = await checkEvidence(shop, evidence, join(folder, 'evidence'), tell);
  console.log(`
The commands that opened the backup, as demo/open-by-hand.sh:

${readFileSync(join(import.meta.dirname, 'open-by-hand.sh'), 'utf8')}
The report of the drill, for a browser: ${report}
In the bucket, below its prefix: ${evidence}

Look around:    eval "$(npm run --silent cluster -- env)"; kubectl -n ${namespace} describe pgbackup shop
Back up again:  kubectl -n ${namespace} annotate pgbackup shop pgcairn.dev/run-requested=$(date +%s) --overwrite
Rehearse again: kubectl -n ${namespace} annotate pgdrill shop-monthly pgcairn.dev/run-requested=$(date +%s) --overwrite
Clean up:       npm run demo -- --down`);
}

interface BackupStatus extends RunStatus {
  readonly lastSuccess?: { readonly runId: string };
}

async function listBucket(shop: Shop): Promise<void> {
  const { Contents = [] } = await shop.withS3((client) =>
    client.send(new ListObjectsV2Command({ Bucket: bucket })),
  );
  for (const object of Contents) tell.line(`${formatBytes(object.Size ?? 0).padStart(10)}  ${object.Key}`);
}

async function openByHand(cluster: Cluster, shop: Shop, runId: string, folder: string): Promise<void> {
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
