import { afterEach, expect, it } from 'vitest';
import { backupRepositoryType } from '../../src/api/v1alpha1/backup-repository.ts';
import type { BackupRepository } from '../../src/api/v1alpha1/backup-repository.ts';
import { postgresBackupType } from '../../src/api/v1alpha1/postgres-backup.ts';
import type { PostgresBackup } from '../../src/api/v1alpha1/postgres-backup.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import type { KubeObject } from '../../src/base/resource.ts';
import { eventType, jobType, leaseType } from '../../src/kube/types.ts';
import { runOperator } from '../../src/operator/manager.ts';
import { backupRepository } from '../builders/backup-repository.ts';
import { postgresBackup } from '../builders/postgres-backup.ts';
import { startFakeApiServer } from './fake-api-server/index.ts';
import type { FakeApiServer } from './fake-api-server/index.ts';
import { goodReport, settings } from './operator-world.ts';

let server: FakeApiServer;
const stops: AbortController[] = [];
const running: Promise<number>[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) stop.abort();
  await Promise.all(running.splice(0));
  await server.close();
});

function startOperator(hostname: string, watchNamespaces: readonly string[] = []): AbortController {
  const stop = new AbortController();
  stops.push(stop);
  running.push(
    runOperator({
      source: server.source,
      version: 'test',
      hostname,
      settings: { ...settings, watchNamespaces },
      host: '127.0.0.1',
      probePort: 0,
      metricsPort: 0,
      clock: systemClock,
      random: Math.random,
      logger: silentLogger,
      stop: stop.signal,
    }),
  );
  return stop;
}

const probeReport = JSON.stringify({
  version: 1,
  kind: 'probe',
  location: 'x',
  capabilities: { multipart: true, conditionalWrite: true, versioning: false, objectLock: false },
  latencyMilliseconds: { write: 1, read: 1, list: 1, delete: 1 },
  probedBytes: 8_388_608,
  warnings: [],
});

/** A cluster whose workers do what they are told, at once. */
async function startCluster(): Promise<void> {
  server = await startFakeApiServer();
  server.jobs.script = (job) => {
    const runId = job.metadata.annotations?.['pgcairn.dev/run-id'];
    const isProbe = job.metadata.labels?.['pgcairn.dev/task-kind'] === 'probe';
    return { exitCode: 0, message: isProbe ? probeReport : goodReport(runId ?? ''), afterMilliseconds: 20 };
  };
}
function seed(namespace = 'shop'): void {
  const place = { namespace, creationTimestamp: undefined, uid: undefined, resourceVersion: undefined };
  const asSent = (object: KubeObject): KubeObject => JSON.parse(JSON.stringify(object)) as KubeObject;
  server.seed(backupRepositoryType, asSent(backupRepository({ metadata: place as object })));
  const spec = { schedule: undefined };
  server.seed(postgresBackupType, asSent(postgresBackup({ metadata: place as object, spec })));
}
function backup(namespace = 'shop'): PostgresBackup {
  return server.read<PostgresBackup>(postgresBackupType, { namespace, name: 'shop' })!;
}
async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 60_000, interval: 20 }).toBe(true);
}
const succeeded = (namespace?: string): boolean =>
  backup(namespace).status?.runs?.[0]?.outcome === 'Succeeded';
const released = (): boolean =>
  server.list(jobType).every(({ metadata }) => (metadata.finalizers ?? []).length === 0);

it('a new backup goes from its spec to a verified run, driven by watches alone', async () => {
  await startCluster();
  startOperator('one');
  seed();
  await until(() => succeeded() && released());
  const repository = server.read<BackupRepository>(backupRepositoryType, {
    namespace: 'shop',
    name: 'offsite',
  });
  expect(repository?.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
  expect(server.list(jobType)).toHaveLength(2);
  await until(() => !server.list(leaseType).some(({ metadata }) => metadata.name.includes('server')));
  const reasons = (): readonly unknown[] =>
    server.list(eventType).map((event) => (event as KubeObject & { reason?: string }).reason);
  await until(() => ['ProbePassed', 'RunLaunched', 'RunSucceeded'].every((one) => reasons().includes(one)));
});

it('an operator that stops in the midst of things hands over to another, and nothing runs twice', async () => {
  await startCluster();
  const first = startOperator('one');
  startOperator('two');
  seed();
  await until(() => backup().status?.currentRun !== undefined || succeeded());
  first.abort();
  await until(() => succeeded() && released());
  const history = [...server.log.history(jobType).values()];
  expect(history.map(({ created }) => created)).toEqual([1, 1]);
  expect(backup().status?.runs).toHaveLength(1);
});

it('an operator for some namespaces leaves the others alone', async () => {
  await startCluster();
  startOperator('one', ['shop', 'bakery']);
  for (const namespace of ['shop', 'bakery', 'elsewhere']) seed(namespace);
  await until(() => succeeded('shop') && succeeded('bakery'));
  expect(backup('elsewhere').status).toBeUndefined();
});
