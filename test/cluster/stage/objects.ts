import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresBackup, RunRecord } from '../../../src/api/v1alpha1/postgres-backup.ts';
import type { BackupRepository } from '../../../src/api/v1alpha1/backup-repository.ts';
import type { Cluster } from '../harness/cluster.ts';
import type { ManifestObject } from '../harness/kubectl.ts';
import { kubectlFor, waitFor } from '../harness/kubectl.ts';
import type { Shop } from './shop.ts';

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** The pgcairn objects of one namespace, as a test looks at them. */
export interface Objects {
  backup(name: string): Promise<PostgresBackup>;
  repository(name: string): Promise<BackupRepository>;
  /** Waits for a condition with that reason, and gives it. */
  reason(kind: 'pgbackup' | 'pgrepo', name: string, type: string, reason: string): Promise<Condition>;
  /** Requests a run, waits for its end and gives its record. */
  runNow(name: string): Promise<RunRecord>;
  /** Requests a run without waiting. */
  request(name: string): Promise<string>;
  /** Waits until the request was acted on and its run has ended. */
  ended(name: string, request: string): Promise<RunRecord>;
  /** Waits for the first record of a run. */
  firstRun(name: string): Promise<RunRecord>;
}

const patience = { timeoutSeconds: 120 };
let requests = 0;

export function objectsIn(cluster: Cluster, namespace: string): Objects {
  const kubectl = kubectlFor(cluster);
  const describe = (kind: string, name: string) => (): Promise<string> =>
    kubectl.run(['describe', kind, name, '-n', namespace]);
  const must = async <T>(kind: string, name: string): Promise<T> => {
    const found = await kubectl.get<T>(kind, name, namespace);
    if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
    return found;
  };
  const backup = (name: string): Promise<PostgresBackup> => must('pgbackup', name);
  const objects: Objects = {
    backup,
    repository: (name) => must('pgrepo', name),
    reason: (kind, name, type, reason) =>
      waitFor(
        `${kind} ${name} to be ${type}: ${reason}`,
        async () => {
          const seen = await must<{ status?: { conditions?: readonly Condition[] } }>(kind, name);
          return seen.status?.conditions?.find((one) => one.type === type && one.reason === reason);
        },
        { ...patience, describe: describe(kind, name) },
      ),
    async runNow(name) {
      return objects.ended(name, await objects.request(name));
    },
    async request(name) {
      const value = `${process.pid}-${(requests += 1)}`;
      const annotation = `pgcairn.dev/run-requested=${value}`;
      await kubectl.run(['annotate', 'pgbackup', name, annotation, '--overwrite', '-n', namespace]);
      return value;
    },
    ended: (name, request) =>
      waitFor(
        `the requested run of ${name} to end`,
        async () => {
          const { status } = await backup(name);
          if (status?.lastRequest !== request || status.currentRun !== undefined) return undefined;
          return status.runs?.[0];
        },
        { ...patience, describe: describe('pgbackup', name) },
      ),
    firstRun: (name) =>
      waitFor(`a run of ${name}`, async () => (await backup(name)).status?.runs?.[0], {
        ...patience,
        describe: describe('pgbackup', name),
      }),
  };
  return objects;
}

/** A PostgresBackup of the shop's server without a schedule; `spec` is laid over. */
export function backupOf(name: string, spec: object = {}): ManifestObject {
  return {
    apiVersion: 'pgcairn.dev/v1alpha1',
    kind: 'PostgresBackup',
    metadata: { name },
    spec: {
      connection: { secretRef: { name: 'shop-db' }, tls: { mode: 'Prefer' } },
      repositoryRef: { name: 'offsite' },
      ...spec,
    },
  };
}

export async function apply(shop: Shop, ...objects: readonly object[]): Promise<void> {
  await shop.kubectl(['apply', '-f', '-'], objects.map((one) => JSON.stringify(one)).join('\n---\n'));
}

export interface Lock extends AsyncDisposable {
  /** The second time does nothing. */
  release(): Promise<void>;
}

/**
 * Holds a lock on a table of the shop, so that a run stays at its dump until `release`; gives up by itself after ten
 * minutes.
 */
export async function holdRuns(shop: Shop): Promise<Lock> {
  const held = shop
    .psql(
      `SET application_name = 'holder'; BEGIN; LOCK TABLE shop.customer IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)`,
      { timeoutMilliseconds: 620_000 },
    )
    .catch(() => 'released');
  await waitFor('the lock', async () => (await shop.psql(holders)) === '1', patience);
  let released: Promise<void> | undefined;
  async function end(): Promise<void> {
    await shop.psql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holder'`,
    );
    // A port-forward may have stopped to carry bytes: then nobody tells psql.
    await Promise.race([held, sleep(10_000, undefined, { ref: false })]);
  }
  const release: Lock['release'] = () => (released ??= end());
  return { release, [Symbol.asyncDispose]: release };
}
const holders = `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'holder' AND wait_event = 'PgSleep'`;

/** True for a pod that has not ended. */
export function isOpen({ status }: { readonly status?: { readonly phase?: string } }): boolean {
  return !['Succeeded', 'Failed'].includes(status?.phase ?? '');
}

/** The running worker pod of a kind of task, once its container runs. */
export function workerPod(
  cluster: Cluster,
  namespace: string,
  task = 'backup',
): Promise<{ readonly name: string; readonly uid: string; readonly address: string }> {
  interface Pod {
    readonly metadata: { readonly name: string; readonly uid: string };
    readonly status?: { readonly phase?: string; readonly podIP?: string };
  }
  return waitFor(
    `a worker for ${task}`,
    async () => {
      const pods = await kubectlFor(cluster).list<Pod>('pods', namespace, `pgcairn.dev/task-kind=${task}`);
      const running = pods.find((pod) => pod.status?.phase === 'Running');
      const address = running?.status?.podIP;
      return running && address !== undefined && { ...running.metadata, address };
    },
    patience,
  );
}

/** Lets `seconds` pass in which nothing should happen. */
export async function quiet(seconds: number): Promise<void> {
  await sleep(seconds * 1000);
}
