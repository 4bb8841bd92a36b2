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

export interface Stage {
  readonly cluster: Cluster;
  readonly kubectl: Kubectl;
  readonly installation: Installation;
  readonly shop: Shop;
  readonly gate: Gate;
}

/** A shop whose store lies behind a gate, and a database that fills four parts of an upload. */
export async function openStage(): Promise<Stage> {
  const stage = await openGatedShop(namespace);
  // 512 bytes a row that do not shrink.
  const block = Array.from({ length: 8 }, (_, i) => `sha512(int8send(n * 8 + ${i}))`).join(' || ');
  await connectionsTo(stage.shop, {
    moments,
    database: 'kills',
    content: `CREATE TABLE event AS SELECT n AS id, ${block} AS content FROM generate_series(1, 32000::bigint) AS n;
              CREATE TABLE customer AS SELECT n AS id, 'customer ' || n AS name FROM generate_series(1, 1000) AS n`,
  });
  return stage;
}

export async function openGatedShop(namespaceOfShop: string): Promise<Stage> {
  const cluster = await openCluster();
  const installation = await install(cluster);
  const shop = await furnishShop(cluster, namespaceOfShop, { folder: join(cacheDir(), namespaceOfShop) });
  const gate = await openGate(cluster, shop, installation.operatorImage);
  await apply(shop, repository(shop));
  await objectsIn(cluster, namespaceOfShop).reason('pgrepo', 'gated', 'Ready', 'ProbePassed');
  return { cluster, kubectl: kubectlFor(cluster), installation, shop, gate };
}

/**
 * Makes a database with `content`, and a Secret that leads to it for each moment. Its user is no superuser and cannot
 * read which server it is at, so that backups with Secrets of their own do not wait for one another.
 */
export async function connectionsTo(
  shop: Shop,
  wanted: {
    readonly moments: readonly { readonly name: string }[];
    readonly database: string;
    readonly content: string;
  },
): Promise<void> {
  const { database, content } = wanted;
  const password = randomBytes(12).toString('hex');
  await shop.psql(`CREATE ROLE ${database} LOGIN PASSWORD '${password}'`, { database: 'postgres' });
  await shop.psql(`CREATE DATABASE ${database} OWNER ${database}`, { database: 'postgres' });
  await shop.psql('REVOKE EXECUTE ON FUNCTION pg_control_system FROM PUBLIC', { database });
  await shop.psql(`SET ROLE ${database}; ${content}`, { database });
  await shop.psql('CHECKPOINT', { database });
  const stringData = { host: 'shop-db', port: '5432', dbname: database, username: database, password };
  const secrets = wanted.moments.map(({ name }) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secretName(name) },
    stringData,
  }));
  await apply(shop, ...secrets);
}

export function secretName(moment: string): string {
  return `db-${moment}`;
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
