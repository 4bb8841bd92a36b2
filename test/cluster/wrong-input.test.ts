import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureReasons } from '../../src/api/v1alpha1/failure-reasons.ts';
import { changed } from '../builders/api-case.ts';
import type { Cluster } from './harness/cluster.ts';
import type { Kubectl, ManifestObject } from './harness/kubectl.ts';
import { kubectlFor, waitFor } from './harness/kubectl.ts';
import { chooseBackend, openCluster } from './harness/open.ts';
import { install } from './stage/install.ts';
import type { Shop } from './stage/shop.ts';
import { furnishShop } from './stage/shop.ts';
import { backupRows } from './wrong-input/backup-rows.ts';
import { clearOut, furnish, furnitureOf, quotedDatabase, secret } from './wrong-input/furniture.ts';
import { operatorRows } from './wrong-input/operator-rows.ts';
import { repositoryRows } from './wrong-input/repository-rows.ts';
import type { Changes, Kind, OperatorRow, WorkerRow } from './wrong-input/rows.ts';
import { Board } from './wrong-input/board.ts';
import type { Status } from './wrong-input/board.ts';
import { schemaRows } from './wrong-input/schema-rows.ts';

const namespace = `wrong-input-${process.pid}`;
const isNative = (await chooseBackend()) === 'native';
const nobody = { s3: {}, database: {} };
const rows = { repository: repositoryRows(nobody), backup: backupRows(nobody) };

let cluster: Cluster;
let kubectl: Kubectl;
let shop: Shop;
let board: Board;
/** What each row came to, by the name of its object. */
let told: ReadonlyMap<string, Promise<Status>>;
let healthy: Promise<Status>;

beforeAll(async () => {
  cluster = await openCluster();
  kubectl = kubectlFor(cluster);
  await install(cluster);
  const folder = mkdtempSync(join(tmpdir(), 'pgcairn-wrong-input-'));
  shop = await furnishShop(cluster, namespace, { folder });
  await furnish(cluster, shop, folder);
  board = new Board(kubectl, namespace);
  await holdLock();
  await apply(object('BackupRepository', 'offsite', {}), object('PostgresBackup', 'healthy', {}));
  await healthyRun(1);
  told = tryRows();
  healthy = healthyBeside(Promise.allSettled(told.values()));
}, 30 * 60_000);

afterAll(async () => {
  await clearOut(cluster, namespace);
  await shop.remove();
});

describe.each(schemaRows)('$name', (row) => {
  it(`is refused by kubectl apply, which says why (${row.kind})`, async () => {
    const manifest = JSON.stringify(object(row.kind, 'refused', row.set));

    const { ok, stderr } = await kubectl.try(['apply', '-n', namespace, '-f', '-'], { input: manifest });

    expect(ok).toBe(false);
    expectWords(stderr, row.says);
  });
});

describe.each(operatorRows)('$name', (row) => {
  it(`is told by the operator before anything runs (${row.kind})`, async () => {
    const { conditions, jobs } = await comes(row);

    const ready = conditions.get('Ready');
    expect(ready?.status).toBe('False');
    expectWords(ready?.message ?? '', row.says);
    const waits = row.reason !== 'InvalidSpec';
    expect(conditions.get('Stalled')?.reason).toBe(waits ? undefined : 'InvalidSpec');
    expect(conditions.get('Reconciling')?.reason).toBe(waits ? 'WaitingForRepository' : undefined);
    expect(jobs).toEqual([]);
  });
});

describe.each(rows.repository)('$name', (row) => {
  it.skipIf(skipped(row))(`is found by the probe${where(row)}`, async () => {
    const { conditions } = await comes(row);

    expectWords(conditions.get(row.toldIn ?? 'Ready')?.message ?? '', row.says);
    const waits = row.toldIn === 'Reconciling' || failureReasons[row.reason].retry;
    expect(conditions.get('Ready')?.status).toBe(row.toldIn === undefined ? 'False' : 'Unknown');
    expect(conditions.get('Stalled')?.reason).toBe(waits ? undefined : row.reason);
    expect(conditions.has('Reconciling')).toBe(waits);
  });
});

describe.each(rows.backup)('$name', (row) => {
  it.skipIf(skipped(row))(`is found by the run${where(row)}`, async () => {
    const { conditions } = await comes(row);

    expectWords(conditions.get(row.toldIn ?? 'LastRunSucceeded')?.message ?? '', row.says);
    expect(conditions.has('Stalled')).toBe(false);
    // A run that failed does not make the configuration look broken; one that cannot start has not failed yet.
    const waits = row.toldIn === 'Reconciling';
    const last = conditions.get('LastRunSucceeded');
    expect([last?.status, last?.reason]).toEqual(waits ? ['Unknown', 'NeverRan'] : ['False', row.reason]);
    expect(conditions.get('Ready')?.status).toBe(waits ? 'Unknown' : 'True');
    expect(conditions.get('Reconciling')?.reason).toBe(waits ? row.reason : undefined);
  });
});

it('names with quotes, dollars and umlauts work', async () => {
  const { conditions } = await comes({ name: 'quoted' });

  const last = conditions.get('LastRunSucceeded');
  expect(last).toMatchObject({ status: 'True', reason: 'Verified' });
  expect(last?.message).toMatch(/ 1 table, verified to Inventoried/);
});

it('nothing else is disturbed: a healthy backup beside all of them goes on', async () => {
  const { runs, conditions } = await healthy;

  expect(runs.length).toBeGreaterThan(2);
  expect(runs.filter(({ outcome }) => outcome !== 'Succeeded')).toEqual([]);
  expect(conditions.get('Ready')?.status).toBe('True');
  const repository = await board.status('BackupRepository', 'offsite');
  expect(repository.conditions.get('Ready')?.reason).toBe('ProbePassed');
});

it('the operator took no harm', async () => {
  const restarts = '{.items[*].status.containerStatuses[*].restartCount}';
  const text = await kubectl.run(['get', 'pods', '-n', 'pgcairn-system', '-o', `jsonpath=${restarts}`]);

  expect(text.split(' ').filter((count) => count !== '0')).toEqual([]);
});

/** What a row came to, or why it never did. */
async function comes({ name }: { readonly name: string }): Promise<Status> {
  const status = told.get(slug(name));
  if (status === undefined) throw new Error(`${name} was not tried`);
  return await status;
}

interface Trial {
  readonly kind: Kind;
  readonly name: string;
  readonly objects: readonly ManifestObject[];
  /** Reason that the run of a backup is to fail for; absent where the run itself has more than one try. */
  readonly expected?: string | undefined;
  /** True once the status tells what the trial is about. */
  readonly settled: (status: Status) => boolean;
}

/** So many rows at a time: more pods than that start no sooner. */
const lanes = 8;

/** Tries every row in an object of its own, and takes the object away as soon as it has told. */
function tryRows(): ReadonlyMap<string, Promise<Status>> {
  const waiting = trials().map((trial) => ({ trial, result: Promise.withResolvers<Status>() }));
  const results = new Map(waiting.map(({ trial, result }) => [trial.name, result.promise]));
  for (const result of results.values()) result.catch(() => undefined);
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      await tryOne(next.trial).then(next.result.resolve, next.result.reject);
  };
  for (let lane = 0; lane < lanes; lane += 1) void work();
  return results;
}

async function tryOne(trial: Trial): Promise<Status> {
  const { kind, name, objects, settled } = trial;
  await apply(...objects);
  try {
    const status = await settles(trial, settled);
    if (!wasTooLate(trial, status)) return status;
    console.warn(`${name} runs once more: ${status.conditions.get('LastRunSucceeded')?.message}`);
    await shop.kubectl(['annotate', kind, name, 'pgcairn.dev/run-requested=once-more']);
    return await settles(trial, ({ runs }) => runs.length > status.runs.length);
  } finally {
    await shop.kubectl(['delete', kind, name, '--wait=false']);
  }
}

function settles({ kind, name }: Trial, settled: Trial['settled']): Promise<Status> {
  return waitFor(
    `${kind} ${name} to tell what is wrong`,
    async () => {
      const status = await board.status(kind, name);
      return settled(status) && status;
    },
    { timeoutSeconds: 240, intervalMilliseconds: 500, describe: () => board.tell(kind, name) },
  );
}

/** On a busy machine a server may answer too late. Rows whose own fault is retried do not retry: they run once more. */
function wasTooLate({ expected }: Trial, { conditions }: Status): boolean {
  const { reason = '', message = '' } = conditions.get('LastRunSucceeded') ?? {};
  if (expected === undefined || !/^(CannotConnect|StoreUnreachable)$/.test(reason)) return false;
  return reason !== expected || message.includes('DNS did not answer');
}

function trials(): Trial[] {
  const furniture = furnitureOf(shop);
  const probed = repositoryRows(furniture).map((row) => repositoryTrial(row));
  const run = backupRows(furniture).map((row) => backupTrial(row, furniture.database));
  const quotedNames = object('PostgresBackup', 'quoted', {
    'spec.connection.secretRef.name': 'quoted',
    'spec.databases': { names: [quotedDatabase] },
    'spec.logical.include.tables': [`"Shop's"."Order ""Items"" $1; --"`],
  });
  return [
    ...operatorRows.map((row) => operatorTrial(row)),
    ...[...probed, ...run].filter((trial) => trial !== undefined),
    {
      kind: 'PostgresBackup',
      name: 'quoted',
      objects: [secret('quoted', furniture.database), quotedNames],
      settled: ({ runs }) => runs.length > 0,
    },
  ];
}

function operatorTrial(row: OperatorRow): Trial {
  const name = slug(row.name);
  const broken = object('BackupRepository', 'broken', { 'spec.s3.bucket': 'nowhere' });
  return {
    kind: row.kind,
    name,
    objects: [...(row.reason === 'RepositoryNotReady' ? [broken] : []), object(row.kind, name, row.set)],
    settled: ({ conditions }) => {
      const ready = conditions.get('Ready');
      // Until the probe has ended, the repository tells what keeps it.
      const waits = row.reason === 'RepositoryNotReady' && !/BucketAbsent/.test(ready?.message ?? '');
      return ready?.reason === row.reason && !waits;
    },
  };
}

function repositoryTrial(row: WorkerRow): Trial | undefined {
  if (skipped(row)) return undefined;
  const name = slug(row.name);
  const own = row.secret === undefined ? {} : { 'spec.s3.credentialsSecretRef.name': name };
  return {
    kind: 'BackupRepository',
    name,
    objects: [
      ...(row.secret ? [secret(name, row.secret)] : []),
      object('BackupRepository', name, { ...own, ...row.set }),
    ],
    settled: ({ conditions }) => conditions.get(row.toldIn ?? 'Ready')?.reason === row.reason,
  };
}

function backupTrial(row: WorkerRow, database: Readonly<Record<string, string>>): Trial | undefined {
  if (skipped(row)) return undefined;
  const name = slug(row.name);
  const retries = failureReasons[row.reason].retry ? 0 : 2;
  const small = { 'spec.s3': undefined, 'spec.volume': { claimName: 'small' } };
  return {
    kind: 'PostgresBackup',
    name,
    expected: retries === 0 ? row.reason : undefined,
    objects: [
      ...(row.secret === null ? [] : [secret(name, row.secret ?? database)]),
      ...(row.nativeOnly ? [object('BackupRepository', 'small', small)] : []),
      object('PostgresBackup', name, {
        'spec.connection.secretRef.name': name,
        'spec.limits.retries': retries,
        ...row.set,
      }),
    ],
    settled: ({ conditions, runs }) =>
      row.toldIn === undefined ? runs.length > 0 : conditions.get(row.toldIn)?.reason === row.reason,
  };
}

/** Runs the healthy backup again and again, until `others` are done. */
async function healthyBeside(others: Promise<unknown>): Promise<Status> {
  let over = false;
  void others.then(() => (over = true));
  for (let count = 2; ; count += 1) {
    await shop.kubectl([
      'annotate',
      '--overwrite',
      'pgbackup/healthy',
      `pgcairn.dev/run-requested=run-${count}`,
    ]);
    const status = await healthyRun(count);
    if (count === mostRuns || (over && count > 2)) return status;
  }
}

/** Of the runs that ended, status keeps ten. */
const mostRuns = 10;

async function healthyRun(count: number): Promise<Status> {
  return waitFor(
    `run ${count} of the healthy backup`,
    async () => {
      const status = await board.status('PostgresBackup', 'healthy');
      return status.runs.length >= count && status;
    },
    {
      timeoutSeconds: 240,
      intervalMilliseconds: 1000,
      describe: () => board.tell('PostgresBackup', 'healthy'),
    },
  );
}

/** Locks the table of `locked` for as long as the server lives. */
async function holdLock(): Promise<void> {
  const sql = 'BEGIN; LOCK TABLE t; SELECT pg_sleep(3600)';
  const psql = `psql --username postgres --dbname locked --command '${sql}' >/dev/null 2>&1 &`;
  await shop.kubectl(['exec', 'shop-db-0', '--', 'sh', '-c', psql]);
  const locks = `SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass AND granted`;
  const isHeld = async (): Promise<boolean> => (await shop.psql(locks, { database: 'locked' })) === '1';
  await waitFor('the lock', isHeld, { timeoutSeconds: 60 });
}

async function apply(...objects: readonly ManifestObject[]): Promise<void> {
  await shop.kubectl(
    ['apply', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
  );
}

/** A good object of the kind with the row's changes. */
function object(kind: Kind, name: string, set: Changes): ManifestObject {
  const head = { apiVersion: 'pgcairn.dev/v1alpha1', kind, metadata: { name } };
  const spec =
    kind === 'BackupRepository'
      ? {
          s3: {
            bucket: 'acme-backups',
            endpoint: 'http://s3:7070',
            credentialsSecretRef: { name: 'offsite-s3' },
          },
          encryption: { age: { recipients: [shop.secrets.recipient] } },
          signing: { keySecretRef: { name: 'pgcairn-signing' } },
        }
      : {
          connection: { secretRef: { name: 'shop-db' }, tls: { mode: 'Disable' } },
          repositoryRef: { name: 'offsite' },
          // On a busy machine a name server or a database may answer too late once.
          limits: { retries: 2 },
          worker: { resources: { requests: { cpu: '10m' } } },
        };
  return changed({ ...head, spec }, set);
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

function expectWords(message: string, says: readonly RegExp[]): void {
  for (const words of says) expect(message).toMatch(words);
}

function skipped({ nativeOnly }: WorkerRow): boolean {
  return nativeOnly === true && !isNative;
}

function where({ nativeOnly }: WorkerRow): string {
  return nativeOnly ? ' (native backend only: it has file systems of a size)' : '';
}
