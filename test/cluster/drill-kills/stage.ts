import { waitFor } from '../harness/kubectl.ts';
import type { Stage } from '../kills/stage.ts';
import { connectionsTo, openGatedShop, secretName } from '../kills/stage.ts';
import { apply, backupOf, objectsIn } from '../stage/objects.ts';
import { moments, namespace } from './moments.ts';

/** A shop whose store lies behind a gate, and a verified backup of a tiny database for each moment. */
export async function openDrillStage(): Promise<Stage> {
  const stage = await openGatedShop(namespace);
  const { cluster, shop } = stage;
  await connectionsTo(shop, {
    moments,
    database: 'tiny',
    content: `CREATE TABLE customer (id bigint PRIMARY KEY, name text);
              INSERT INTO customer SELECT n, 'customer ' || n FROM generate_series(1, 1000) AS n`,
  });
  await apply(shop, shop.secrets.identity, ...moments.map(({ name }) => backupAt(name)));
  const objects = objectsIn(cluster, namespace);
  await waitFor(
    'a verified run of every backup',
    async () => {
      const all = await Promise.all(moments.map(({ name }) => objects.backup(name)));
      return all.every(({ status }) => status?.lastSuccess);
    },
    { timeoutSeconds: 400, intervalMilliseconds: 1000, describe: () => shop.kubectl(['get', 'pgbackup']) },
  );
  return stage;
}

function backupAt(name: string): object {
  return backupOf(name, {
    connection: { secretRef: { name: secretName(name) }, tls: { mode: 'Prefer' } },
    repositoryRef: { name: 'gated' },
  });
}
