import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBusyboxImage } from '../../scripts/images/busybox.ts';
import { fetchBucket, parseManifest } from './stage/bucket.ts';
import type { Cluster } from './harness/cluster.ts';
import { kubectlFor, waitFor } from './harness/kubectl.ts';
import { openCluster } from './harness/open.ts';
import { install } from './stage/install.ts';
import { keepWhatFailed } from './stage/keep.ts';
import { apply, backupOf, holdRuns, objectsIn, workerPod } from './stage/objects.ts';
import type { Objects } from './stage/objects.ts';
import { podOf } from './stage/pod.ts';
import { bucket, furnishShop } from './stage/shop.ts';
import type { Shop } from './stage/shop.ts';

const namespace = 'journey';
let cluster: Cluster;
let shop: Shop;
let objects: Objects;

keepWhatFailed(namespace, 'pgcairn-system');

beforeAll(async () => {
  cluster = await openCluster();
  await install(cluster);
  shop = await furnishShop(cluster, namespace, { folder: join(tmpdir(), `pgcairn-${namespace}`) });
  objects = objectsIn(cluster, namespace);
}, 30 * 60_000);

afterAll(() => shop.remove());

describe('the path of a user', () => {
  it('heals by itself when the backup comes before its repository, and the Secret last', async () => {
    await shop.kubectl(['delete', 'secret', 'pgcairn-signing']);
    const [repository, backup] = shop.samples;

    await shop.kubectl(['apply', '-f', '-'], backup);
    const missing = await objects.reason('pgbackup', 'shop', 'Ready', 'RepositoryMissing');
    await shop.kubectl(['apply', '-f', '-'], repository);
    const secretless = await objects.reason('pgrepo', 'offsite', 'Ready', 'SecretMissing');
    await objects.reason('pgbackup', 'shop', 'Ready', 'RepositoryNotReady');
    await apply(shop, ...shop.secrets.manifests);

    await shop.kubectl(['wait', 'pgrepo/offsite', '--for=condition=Ready', '--timeout=280s']);
    await shop.kubectl(['wait', 'pgbackup/shop', '--for=condition=Ready', '--timeout=60s']);
    expect(missing.message).toContain('offsite');
    expect(secretless.message).toContain('pgcairn-signing');
  });

  it('shows what a run is doing while it runs', async () => {
    await using lock = await holdRuns(shop);
    const request = await objects.request('shop');
    await workerPod(cluster, namespace);
    const progress = await waitFor(
      'progress in status',
      async () => (await objects.backup('shop')).status?.currentRun?.progress,
      { timeoutSeconds: 40, describe: () => shop.kubectl(['describe', 'pgbackup', 'shop']) },
    );
    const described = await shop.kubectl(['describe', 'pgbackup', 'shop']);
    await lock.release();

    const record = await objects.ended('shop', request);
    expect(progress.step).not.toBe('');
    expect(described).toContain(progress.step);
    expect(record).toMatchObject({ outcome: 'Succeeded', trigger: 'Request', verifiedTo: 'Inventoried' });
  });

  it('ends with encrypted objects and a signed manifest in the bucket', async () => {
    const { status } = await objects.backup('shop');
    const runId = status?.lastSuccess?.runId ?? '';

    const stored = await fetchBucket(shop, `postgres/${namespace}/shop/${runId}/`);

    const folder = `postgres/${namespace}/shop/${runId}/`;
    const begins = [...stored].map(([key, bytes]) => [
      key.slice(folder.length),
      bytes.subarray(0, 21).toString() === 'age-encryption.org/v1',
    ]);
    expect(Object.fromEntries(begins)).toEqual({
      'globals.sql.age': true,
      'inventory.json.age': true,
      'manifest.json': false,
      'shop.dump.age': true,
    });
    const manifest = parseManifest(stored.get(`postgres/${namespace}/shop/${runId}/manifest.json`));
    expect(manifest.signatures).toHaveLength(1);
    expect(manifest.statement).toContain(runId);
  });

  it('runs again by annotation, and once for each value', async () => {
    const before = (await objects.backup('shop')).status?.runs?.length ?? 0;

    const request = await objects.request('shop');
    const record = await objects.ended('shop', request);
    await shop.kubectl(['label', 'pgbackup', 'shop', 'touched=yes']);
    await objects.runNow('shop');

    const runs = (await objects.backup('shop')).status?.runs ?? [];
    expect(runs).toHaveLength(before + 2);
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(runs.length);
    expect(runs[1]?.runId).toBe(record.runId);
  });

  it.each([
    [
      'pgbackup',
      [
        'NAME',
        'DATABASES',
        'SCHEDULE',
        'LAST GOOD',
        'VERIFIED',
        'LAST RUN',
        'OBJECTIVE',
        'NEXT',
        'READY',
        'AGE',
      ],
    ],
    ['pgrepo', ['NAME', 'STORE', 'LOCATION', 'READY', 'REASON', 'LAST PROBE', 'AGE']],
  ])('kubectl get %s fills every column', async (kind, columns) => {
    const [header = '', row = ''] = (await shop.kubectl(['get', kind])).split('\n');
    const cells = columns.map((name, index) => {
      const next = columns[index + 1];
      return row.slice(header.indexOf(name), next === undefined ? undefined : header.indexOf(next)).trim();
    });

    expect(header.trim().split(/\s{2,}/)).toEqual(columns);
    expect(cells.filter((cell) => cell === '' || cell === '<none>' || cell === '<unknown>')).toEqual([]);
  });

  it('names the database that the Secret chose', async () => {
    expect((await objects.backup('shop')).status?.databases).toBe('shop');
  });

  it.each(['pgbackup', 'pgrepo'])('kubectl explain describes every field of %s', async (kind) => {
    const fields = await shop.kubectl(['explain', kind, '--recursive']);
    expect(fields).toMatch(/conditions/);
    const description = await shop.kubectl(['explain', `${kind}.spec`]);
    const described = description.split('\n  ').filter((line) => /^\w+\t/.test(line));
    expect(described.length).toBeGreaterThan(3);
    expect(description).not.toContain('<no description>');
    expect(description).not.toMatch(/^DESCRIPTION:\n {4}<empty>/m);
  });

  it('kubectl describe tells the runs as Events', async () => {
    const text = await waitFor(
      'Events of the runs',
      async () => {
        const described = await shop.kubectl(['describe', 'pgbackup', 'shop']);
        return described.includes('RunSucceeded') && described;
      },
      { timeoutSeconds: 30 },
    );
    expect(text).toMatch(/Normal +RunLaunched/);
    expect(text).toMatch(/verified to Inventoried/);
  });
});

describe.concurrent('other ways to run', () => {
  it('a schedule makes a run in each of its minutes, and suspend ends that', async () => {
    await apply(shop, backupOf('minutely', { schedule: '* * * * *', databases: { names: ['shop'] } }));
    const record = await objects.firstRun('minutely');
    await shop.kubectl(['patch', 'pgbackup', 'minutely', '--type=merge', '-p', '{"spec":{"suspend":true}}']);

    expect(record).toMatchObject({ trigger: 'Schedule', outcome: 'Succeeded' });
    expect(record.slotTime).toMatch(/:00Z$/);
    await objects.reason('pgbackup', 'minutely', 'Ready', 'Suspended');
    expect((await objects.backup('minutely')).status?.nextRunTime).toBeUndefined();
  });

  it('a volume holds runs as a bucket does', async () => {
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'shelf' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    const repository = {
      apiVersion: 'pgcairn.dev/v1alpha1',
      kind: 'BackupRepository',
      metadata: { name: 'shelf' },
      spec: {
        volume: { claimName: 'shelf', path: 'backups' },
        encryption: { age: { recipients: [shop.secrets.recipient] } },
      },
    };
    await apply(shop, claim, repository, backupOf('shelved', { repositoryRef: { name: 'shelf' } }));

    const record = await objects.firstRun('shelved');

    expect(record).toMatchObject({ trigger: 'Once', outcome: 'Succeeded', verifiedTo: 'Inventoried' });
    const image = await cluster.loadImage(await buildBusyboxImage());
    const volumes = [{ name: 'shelf', persistentVolumeClaim: { claimName: 'shelf' } }];
    const mounts = [{ name: 'shelf', mountPath: '/shelf' }];
    const script = 'cd /shelf/backups && find . -type f | sort';
    await apply(shop, podOf('reader', { image, script, volumes, mounts }));
    await shop.kubectl(['wait', 'pod/reader', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s']);
    const files = (await shop.kubectl(['logs', 'reader'])).split('\n');
    expect(files).toContain(`./${namespace}/shelved/${record.runId}/manifest.json`);
    expect(files).toContain(`./${namespace}/shelved/${record.runId}/shop.dump.age`);
    expect(files.filter((name) => /tmp|part/.test(name))).toEqual([]);
  });

  it('deletionPolicy decides whether runs outlive their object', async () => {
    await apply(shop, backupOf('kept'), backupOf('gone', { deletionPolicy: 'Delete' }));
    const [kept, gone] = [await objects.firstRun('kept'), await objects.firstRun('gone')];
    const before = await keysOf(['kept', 'gone']);

    await shop.kubectl(['delete', 'pgbackup', 'kept', 'gone', '--timeout=120s']);

    expect([kept.outcome, gone.outcome]).toEqual(['Succeeded', 'Succeeded']);
    const after = await keysOf(['kept', 'gone']);
    expect(before.gone).not.toEqual([]);
    expect(after).toEqual({ kept: before.kept, gone: [] });
  });
});

describe('the end of a namespace', () => {
  it('comes although a run goes on and runs were to be removed', async () => {
    await apply(shop, backupOf('last', { deletionPolicy: 'Delete' }));
    await objects.firstRun('last');
    await holdRuns(shop);
    await objects.request('shop');
    await workerPod(cluster, namespace);

    await kubectlFor(cluster).run(['delete', 'namespace', namespace, '--timeout=110s'], {
      timeoutMilliseconds: 115_000,
    });

    expect(await kubectlFor(cluster).get('namespace', namespace)).toBeUndefined();
  });
});

async function keysOf(names: readonly string[]): Promise<Record<string, string[]>> {
  return shop.withS3(async (client) => {
    const lists = names.map(async (name): Promise<[string, string[]]> => {
      const Prefix = `postgres/${namespace}/${name}/`;
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }));
      return [name, Contents.map(({ Key }) => Key ?? '').toSorted()];
    });
    return Object.fromEntries(await Promise.all(lists));
  });
}
