import { join } from 'node:path';
import { cacheDir } from '../../../scripts/tools/cache.ts';
import { kubectlFor, waitFor } from '../harness/kubectl.ts';
import { openCluster } from '../harness/open.ts';
import { openGate } from '../kills/gate.ts';
import type { Stage } from '../kills/stage.ts';
import { install } from '../stage/install.ts';
import { apply, backupOf, objectsIn } from '../stage/objects.ts';
import { bucket, furnishShop } from '../stage/shop.ts';
import { moments, namespace } from './moments.ts';

const database = 'tiny';

/** A shop whose store lies behind a gate, and a verified backup of a tiny database for each moment. */
export async function openDrillStage(): Promise<Stage> {
  const cluster = await openCluster();
  const installation = await install(cluster);
  const shop = await furnishShop(cluster, namespace, { folder: join(cacheDir(), namespace) });
  const gate = await openGate(cluster, shop, installation.operatorImage);
  await shop.psql(`CREATE DATABASE ${database}`, 'postgres');
  await shop.psql(
    `CREATE TABLE customer (id bigint PRIMARY KEY, name text);
     INSERT INTO customer SELECT n, 'customer ' || n FROM generate_series(1, 1000) AS n`,
    database,
  );
  await apply(shop, shop.secrets.identity, {
    apiVersion: 'pgcairn.dev/v1alpha1',
    kind: 'BackupRepository',
    metadata: { name: 'gated' },
    spec: {
      s3: {
        bucket,
        prefix: 'postgres',
        endpoint: 'http://gate:7070',
        credentialsSecretRef: { name: 'offsite-s3' },
      },
      encryption: { age: { recipients: [shop.secrets.recipient] } },
      signing: { keySecretRef: { name: 'pgcairn-signing' } },
    },
  });
  const objects = objectsIn(cluster, namespace);
  await objects.reason('pgrepo', 'gated', 'Ready', 'ProbePassed');
  const connection = { secretRef: { name: 'shop-db' }, database, tls: { mode: 'Prefer' } };
  const backups = moments.map(({ name }) => backupOf(name, { connection, repositoryRef: { name: 'gated' } }));
  await apply(shop, ...backups);
  // One after the other: they share a server.
  await waitFor(
    'a verified run of every backup',
    async () => {
      const all = await Promise.all(moments.map(({ name }) => objects.backup(name)));
      return all.every(({ status }) => status?.lastSuccess);
    },
    { timeoutSeconds: 400, intervalMilliseconds: 2000, describe: () => shop.kubectl(['get', 'pgbackup']) },
  );
  return { cluster, kubectl: kubectlFor(cluster), installation, shop, gate };
}
