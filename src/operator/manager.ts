import type { BackupDrill } from '../api/v1alpha1/backup-drill.ts';
import type { BackupRepository } from '../api/v1alpha1/backup-repository.ts';
import type { PostgresBackup } from '../api/v1alpha1/postgres-backup.ts';
import type { Random } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { KubeObject } from '../base/resource.ts';
import type { ConnectionSource } from '../kube/connection.ts';
import { createKubeClient } from '../kube/http-client.ts';
import type { Transport } from '../kube/transport.ts';
import { createTransport } from '../kube/transport.ts';
import type { CacheOptions } from '../runtime/controller-definition.ts';
import { EventRecorder } from '../runtime/events.ts';
import { startHealthServer } from '../runtime/health.ts';
import type { Informer } from '../runtime/informer.ts';
import { createInformer } from '../runtime/informer.ts';
import { createLeaderElector, leaderIdentity } from '../runtime/leader.ts';
import type { ManagerEnd } from '../runtime/manager.ts';
import { startManager } from '../runtime/manager.ts';
import { createRuntimeMetrics } from '../runtime/metrics.ts';
import type { RuntimeMetrics } from '../runtime/metrics.ts';
import type { AnyController } from '../runtime/pass.ts';
import { backupController } from './backup/controller.ts';
import { drillController } from './drill/controller.ts';
import type { ObservePorts } from './run/observe-runs.ts';
import { readProgress } from './run/read-progress.ts';
import { backupCache, drillCache, jobCache, leaseCache, podCache, repositoryCache } from './caches.ts';
import { mergeInformers } from './merged-informer.ts';
import { objectMetrics } from './metrics.ts';
import { repositoryController } from './repository/controller.ts';
import { serverLeaseController } from './server-lease/controller.ts';
import type { Settings } from './settings.ts';

export interface OperatorOptions {
  readonly source: ConnectionSource;
  readonly version: string;
  /** Names this process among the candidates for leader. */
  readonly hostname: string;
  readonly settings: Settings;
  /** Address and ports of the probes and of /metrics; port 0 takes any free one. */
  readonly host: string;
  readonly probePort: number;
  readonly metricsPort: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly stop: AbortSignal;
}

const leaseName = 'pgcairn-operator';

/** Runs the operator until `stop` aborts; the exit code. 1 when it lost the lease or broke: it must not go on. */
export async function runOperator(options: OperatorOptions): Promise<number> {
  const { source, version, hostname, settings, clock, random, logger, stop } = options;
  const metrics = createRuntimeMetrics();
  const transport = createTransport({
    source,
    clock,
    random,
    userAgent: `pgcairn/${version} operator`,
    onRequest: ({ method, code }) => {
      metrics.restRequest(method, 'kubernetes', code);
    },
  });
  const client = createKubeClient(transport);
  const identity = leaderIdentity(hostname);
  const leader = createLeaderElector({
    client,
    namespace: settings.namespace,
    name: leaseName,
    identity,
    clock,
    random,
    logger,
    metrics,
  });
  const events = new EventRecorder({
    client,
    clock,
    logger,
    metrics,
    leadership: leader,
    controller: 'pgcairn.dev/operator',
    instance: identity,
  });
  const informers = createInformers(options, transport);
  registerMetrics(metrics, informers, () => leader.isLeader());
  const health = await startHealthServer({ ...options, informers: informers.all, metrics });
  const ports = { probePort: health.probePort, metricsPort: health.metricsPort };
  logger.info({ ...ports, identity, watchNamespaces: settings.watchNamespaces }, 'operator starts');
  const manager = startManager({
    client,
    informers: informers.all,
    controllers: createControllers(options),
    leader,
    events,
    metrics,
    clock,
    random,
    logger,
  });
  const onStop = (): void => {
    // `done` below tells how it ended.
    void manager.stop();
  };
  stop.addEventListener('abort', onStop, { once: true });
  if (stop.aborted) onStop();
  try {
    return exitCode(await manager.done, logger);
  } finally {
    stop.removeEventListener('abort', onStop);
    await health.close();
    await transport.close();
  }
}

function createControllers({ settings, clock }: OperatorOptions): readonly AnyController[] {
  const ports: ObservePorts = {
    settings,
    now: () => clock.now(),
    readProgress: async (podIP, signal) => await readProgress(podIP, signal),
  };
  const controllers = [
    repositoryController(settings),
    serverLeaseController(settings),
    backupController(ports),
    drillController(ports),
  ];
  // Each takes what its own `observe` gives; the runtime hands nothing from one to another.
  return controllers as unknown as readonly AnyController[];
}

interface Informers {
  readonly backups: Informer<PostgresBackup>;
  readonly repositories: Informer<BackupRepository>;
  readonly drills: Informer<BackupDrill>;
  readonly all: readonly Informer[];
}

function createInformers(options: OperatorOptions, transport: Transport): Informers {
  const backups = informer(backupCache, options, transport);
  const repositories = informer(repositoryCache, options, transport);
  const drills = informer(drillCache, options, transport);
  const jobs = informer(jobCache, options, transport);
  const pods = informer(podCache, options, transport);
  const { settings, clock, random, logger } = options;
  const home = { transport, clock, random, logger, namespace: settings.namespace };
  const leases = createInformer(leaseCache, home);
  return {
    backups,
    repositories,
    drills,
    all: [backups, repositories, drills, jobs, pods, leases] as unknown as readonly Informer[],
  };
}

/** Over all namespaces, or over those that the installation may watch. */
function informer<T extends KubeObject>(
  cache: CacheOptions<T>,
  { settings, clock, random, logger }: OperatorOptions,
  transport: Transport,
): Informer<T> {
  const dependencies = { transport, clock, random, logger };
  const parts = new Map(
    settings.watchNamespaces.map((namespace) => [
      namespace,
      createInformer(cache, { ...dependencies, namespace }),
    ]),
  );
  const [only] = parts.values();
  if (!only) return createInformer(cache, dependencies);
  return parts.size === 1 ? only : mergeInformers(parts, only);
}

function registerMetrics(metrics: RuntimeMetrics, informers: Informers, isLeader: () => boolean): void {
  const { backups, repositories, drills } = informers;
  metrics.registerGauges(
    objectMetrics({
      backups: backups.cache,
      repositories: repositories.cache,
      drills: drills.cache,
      isLeader,
    }),
  );
}

function exitCode(end: ManagerEnd, logger: Logger): number {
  switch (end.kind) {
    case 'stopped':
      logger.info({}, 'operator stopped');
      return 0;
    case 'lostLeadership':
      logger.error({}, 'lost the lease: this process ends so that it cannot act beside another leader');
      return 1;
    case 'failed':
      logger.error({ err: end.error }, 'operator failed');
      return 1;
  }
}
