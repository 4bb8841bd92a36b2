import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { cacheDir } from '../../../scripts/tools/cache.ts';
import type { Cluster } from '../harness/cluster.ts';
import type { Kubectl } from '../harness/kubectl.ts';
import { kubectlFor } from '../harness/kubectl.ts';
import { openCluster } from '../harness/open.ts';
import { install } from '../stage/install.ts';
import type { Installation } from '../stage/install.ts';
import { apply, objectsIn } from '../stage/objects.ts';
import type { Shop } from '../stage/shop.ts';
import { bucket, furnishShop } from '../stage/shop.ts';
import type { Gate } from './gate.ts';
import { openGate } from './gate.ts';
import { moments } from './moments.ts';

export const namespace = 'kills';
const database = 'kills';

export interface Stage {
  readonly cluster: Cluster;
  readonly kubectl: Kubectl;
  readonly installation: Installation;
  readonly shop: Shop;
  readonly gate: Gate;
}

/**
 * A shop whose store lies behind a gate, and a database that fills seven parts. Its user is no superuser and cannot
 * read which server it is at, so that backups with Secrets of their own do not wait for one another.
 */
export async function openStage(): Promise<Stage> {
  const cluster = await openCluster();
  const installation = await install(cluster);
  const shop = await furnishShop(cluster, namespace, { folder: join(cacheDir(), 'kills') });
  const gate = await openGate(cluster, shop, installation.operatorImage);
  const password = randomBytes(12).toString('hex');
  await fill(shop, password);
  await apply(shop, repository(shop), ...moments.map(({ name }) => connectionSecret(name, password)));
  await objectsIn(cluster, namespace).reason('pgrepo', 'gated', 'Ready', 'ProbePassed');
  return { cluster, kubectl: kubectlFor(cluster), installation, shop, gate };
}

async function fill(shop: Shop, password: string): Promise<void> {
  await shop.psql(`CREATE ROLE ${database} LOGIN PASSWORD '${password}'`, 'postgres');
  await shop.psql(`CREATE DATABASE ${database} OWNER ${database}`, 'postgres');
  // 512 bytes a row that do not shrink.
  const block = Array.from({ length: 8 }, (_, i) => `sha512(int8send(n * 8 + ${i}))`).join(' || ');
  await shop.psql(
    `CREATE TABLE event AS SELECT n AS id, ${block} AS content FROM generate_series(1, 72000::bigint) AS n;
     CREATE TABLE customer AS SELECT n AS id, 'customer ' || n AS name FROM generate_series(1, 1000) AS n;
     REVOKE EXECUTE ON FUNCTION pg_control_system FROM PUBLIC;
     ALTER TABLE event OWNER TO ${database};
     ALTER TABLE customer OWNER TO ${database};
     CHECKPOINT`,
    database,
  );
}

export function secretName(moment: string): string {
  return `db-${moment}`;
}

function connectionSecret(moment: string, password: string): object {
  const stringData = { host: 'shop-db', port: '5432', dbname: database, username: database, password };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: secretName(moment) }, stringData };
}

function repository(shop: Shop): object {
  return {
    apiVersion: 'pgcairn.dev/v1alpha1',
    kind: 'BackupRepository',
    metadata: { name: 'gated' },
    spec: {
      s3: {
        bucket,
        prefix: 'postgres',
        endpoint: 'http://gate:7070',
        partSizeBytes: 5_242_880,
        credentialsSecretRef: { name: 'offsite-s3' },
      },
      encryption: { age: { recipients: [shop.secrets.recipient] } },
      signing: { keySecretRef: { name: 'pgcairn-signing' } },
    },
  };
}
