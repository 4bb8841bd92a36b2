import type { KubeObject, ObjectKey, ResourceType } from '../../src/base/resource.ts';
import { silentLogger } from '../../src/base/logger.ts';
import type { BackupDrill } from '../../src/api/v1alpha1/backup-drill.ts';
import { backupDrillType } from '../../src/api/v1alpha1/backup-drill.ts';
import { BackupDrillStatus } from '../../src/api/v1alpha1/backup-drill-status.ts';
import { backupRepositoryType } from '../../src/api/v1alpha1/backup-repository.ts';
import type { BackupRepository } from '../../src/api/v1alpha1/backup-repository.ts';
import { postgresBackupType } from '../../src/api/v1alpha1/postgres-backup.ts';
import type { PostgresBackup } from '../../src/api/v1alpha1/postgres-backup.ts';
import { BackupRepositoryStatus } from '../../src/api/v1alpha1/backup-repository-status.ts';
import type { ConditionKind } from '../../src/api/v1alpha1/conditions.ts';
import { PostgresBackupStatus } from '../../src/api/v1alpha1/postgres-backup-status.ts';
import { conditionFault } from '../../src/api/v1alpha1/conditions.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { jobType, leaseType } from '../../src/kube/types.ts';
import type { Job, Lease } from '../../src/kube/types.ts';
import type { CacheOptions } from '../../src/runtime/controller-definition.ts';
import type { EventNote } from '../../src/runtime/decision.ts';
import { typeId } from '../../src/runtime/informer.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { runPass } from '../../src/runtime/pass.ts';
import type { AnyController, PassOutcome } from '../../src/runtime/pass.ts';
import { backupController } from '../../src/operator/backup/controller.ts';
import {
  backupCache,
  drillCache,
  jobCache,
  leaseCache,
  podCache,
  repositoryCache,
} from '../../src/operator/caches.ts';
import { drillController } from '../../src/operator/drill/controller.ts';
import { repositoryController } from '../../src/operator/repository/controller.ts';
import { serverLeaseController } from '../../src/operator/server-lease/controller.ts';
import type { Settings } from '../../src/operator/settings.ts';
import type { Progress, Report } from '../../src/task/report.ts';
import { backupDrill } from '../builders/backup-drill.ts';
import type { BackupDrillParts } from '../builders/backup-drill.ts';
import { postgresBackup } from '../builders/postgres-backup.ts';
import type { PostgresBackupParts } from '../builders/postgres-backup.ts';
import { backupRepository, readyBackupRepository } from '../builders/backup-repository.ts';
import type { BackupRepositoryParts } from '../builders/backup-repository.ts';
import { startFakeApiServer } from './fake-api-server/index.ts';
import type { FakeApiServer } from './fake-api-server/index.ts';
import { manualClock } from './fake-clock.ts';
import type { ManualClock } from './fake-clock.ts';

export const settings: Settings = {
  namespace: 'pgcairn-system',
  podName: 'pgcairn-0',
  podLabels: { 'app.kubernetes.io/name': 'pgcairn', 'app.kubernetes.io/component': 'operator' },
  workerImage: 'registry.test/pgcairn-worker:1',
  drillServerImage: 'registry.test/postgres:{major}',
  pullPolicy: 'IfNotPresent',
  pullSecrets: [],
  watchNamespaces: [],
};

/** The process dies right after a write of that number (from 1) was applied. */
class Crash extends Error {
  override readonly name = 'Crash';
}

/** One operator: its controllers over caches that are always up to date, run by hand, pass by pass. */
export interface Operator {
  readonly dead: boolean;
  /** Writes sent so far. */
  readonly writes: number;
  pass(key: ObjectKey, type: ResourceType): Promise<PassOutcome>;
}

export interface World {
  readonly server: FakeApiServer;
  readonly clock: ManualClock;
  readonly events: EventNote[];
  /** What a worker answers when asked how far it is. */
  progress: Progress | undefined;
  operator(crashAfter?: number, own?: Partial<Settings>): Operator;
  /** Passes over every object until nothing is written any more; a dead operator is replaced by a new one. */
  settle(operator?: Operator): Promise<Operator>;
  /** Moves time in steps of at most a minute, settling after each. */
  wait(seconds: number, operator?: Operator): Promise<Operator>;
  seedRepository(parts?: BackupRepositoryParts, ready?: boolean): BackupRepository;
  seedBackup(parts?: PostgresBackupParts): PostgresBackup;
  /** The drill `shop-monthly`. */
  seedDrill(parts?: BackupDrillParts): BackupDrill;
  drill(): BackupDrill;
  backup(name?: string): PostgresBackup;
  repository(): BackupRepository;
  jobs(task?: string): readonly Job[];
  leases(): readonly Lease[];
  /** The Job of the run under way. */
  runJob(): ObjectKey;
  close(): Promise<void>;
}

export async function startWorld(start = '2026-11-20T02:00:00Z'): Promise<World> {
  const clock = manualClock(new Date(start));
  const server = await startFakeApiServer({ clock });
  const events: EventNote[] = [];
  const caches = [backupCache, repositoryCache, drillCache, jobCache, podCache, leaseCache] as const;
  const informers = new Map<string, Informer>(
    caches.map((cache) => [
      typeId(cache.type),
      liveInformer(server, cache as unknown as CacheOptions<KubeObject>),
    ]),
  );
  let current: Operator;

  function operator(crashAfter = Number.POSITIVE_INFINITY, own: Partial<Settings> = {}): Operator {
    const state = { dead: false, writes: 0 };
    const client = crashingClient(server.client, crashAfter, state);
    const ports = {
      settings: { ...settings, ...own },
      now: () => clock.now(),
      readProgress: async () => await Promise.resolve(world.progress),
    };
    const controllers = [
      backupController(ports),
      drillController(ports),
      repositoryController(ports.settings),
      serverLeaseController(ports.settings),
    ] as unknown as AnyController[];
    const nobody = { wrote: () => undefined, deleted: () => undefined };
    const dependencies = {
      client,
      informers,
      leadership: { mayWrite: () => !state.dead, writableMilliseconds: () => (state.dead ? 0 : 10_000) },
      clock,
      logger: silentLogger,
      record: (_object: KubeObject, note: EventNote) => {
        events.push(note);
      },
    };
    return {
      get dead() {
        return state.dead;
      },
      get writes() {
        return state.writes;
      },
      async pass(key, type) {
        const controller = controllers.find((one) => one.type.kind === type.kind)!;
        const outcome = await runPass(controller, key, dependencies, nobody, new AbortController().signal);
        if (outcome.kind === 'panicked' && !(outcome.error instanceof Crash)) throw outcome.error;
        return outcome;
      },
    };
  }

  async function round(by: Operator): Promise<boolean> {
    const before = server.log.writes().length;
    let again = false;
    expectDeclaredStatus();
    for (const type of [backupRepositoryType, postgresBackupType, backupDrillType, leaseType] as const) {
      for (const key of keysOf(server, type)) {
        const outcome = await by.pass(key, type);
        again ||= outcome.kind === 'again';
        if (by.dead) return true;
      }
    }
    return again || server.log.writes().length > before;
  }

  /** Every status is one that the CRD takes, with declared conditions only. */
  function expectDeclaredStatus(): void {
    for (const { status } of server.list<PostgresBackup>(postgresBackupType)) {
      if (status) PostgresBackupStatus.parse(status);
    }
    for (const { status } of server.list<BackupRepository>(backupRepositoryType)) {
      if (status) BackupRepositoryStatus.parse(status);
    }
    for (const { status } of server.list<BackupDrill>(backupDrillType)) {
      if (status) BackupDrillStatus.parse(status);
    }
    for (const type of [backupRepositoryType, postgresBackupType, backupDrillType]) {
      for (const object of server.list<PostgresBackup | BackupRepository | BackupDrill>(
        type as ResourceType<PostgresBackup>,
      )) {
        for (const condition of object.status?.conditions ?? []) {
          const fault = conditionFault(type.kind as ConditionKind, condition);
          if (fault !== undefined) throw new Error(fault);
        }
      }
    }
  }

  async function settle(by = current): Promise<Operator> {
    current = by;
    for (let rounds = 0; await round(current); rounds += 1) {
      if (current.dead) current = operator();
      if (rounds > 60) throw new Error('the operator never comes to rest');
    }
    return current;
  }

  const world: World = {
    server,
    clock,
    events,
    progress: undefined,
    operator,
    settle,
    async wait(seconds, by = current) {
      let left = seconds;
      let last = await settle(by);
      while (left > 0) {
        const step = Math.min(left, 60);
        await clock.advance(step * 1000);
        left -= step;
        last = await settle(last);
      }
      return last;
    },
    seedRepository(parts = {}, ready = true) {
      if (!ready) return server.seed(backupRepositoryType, asNew(backupRepository(parts)));
      const status = { nextProbeTime: '2029-01-01T00:00:00Z', ...parts.status };
      return server.seed(backupRepositoryType, asNew(readyBackupRepository({ ...parts, status })));
    },
    seedBackup: (parts = {}) => server.seed(postgresBackupType, asNew(postgresBackup(parts))),
    seedDrill: (parts = {}) => server.seed(backupDrillType, asNew(backupDrill(parts))),
    drill: () => server.read(backupDrillType, { namespace: 'shop', name: 'shop-monthly' })!,
    backup: (name = 'shop') => server.read(postgresBackupType, { namespace: 'shop', name })!,
    repository: () => server.read(backupRepositoryType, { namespace: 'shop', name: 'offsite' })!,
    jobs: (task) =>
      server
        .list<Job>(jobType)
        .filter(({ metadata }) => task === undefined || metadata.labels?.['pgcairn.dev/task-kind'] === task),
    leases: () => server.list<Lease>(leaseType),
    runJob: () => ({ namespace: 'shop', name: world.backup().status!.currentRun!.jobName }),
    close: async () => {
      await server.close();
    },
  };
  current = operator();
  return world;
}

/** A report of a good run, as the worker writes it. */
export function goodReport(
  runId: string,
  parts: Partial<Extract<Report, { kind: 'backup' }>['run']> = {},
): string {
  return JSON.stringify({
    version: 1,
    kind: 'backup',
    run: runFacts(runId, parts),
    stored: { runs: 3, bytes: 3000, removedRuns: 0, sweptObjects: 0 },
    notes: [],
  });
}

export function runFacts(
  runId: string,
  parts: Partial<Extract<Report, { kind: 'backup' }>['run']> = {},
): Extract<Report, { kind: 'backup' }>['run'] {
  return {
    runId,
    manifestDigest: `sha256:${'0'.repeat(64)}`,
    snapshotTime: '2026-11-20T02:17:10Z',
    startTime: '2026-11-20T02:17:05Z',
    completionTime: '2026-11-20T02:17:43Z',
    verifiedTo: 'Inventoried',
    storedBytes: 1000,
    databases: 1,
    tables: 12,
    rows: 345,
    server: { version: '16.9', systemIdentifier: '7351', sizeBytes: 123_456 },
    signed: true,
    suspicious: false,
    ...parts,
  };
}

export function failedReport(reason: string, message: string): string {
  return JSON.stringify({ version: 1, kind: 'failed', reason, message });
}

/** Without what only the server gives. */
function asNew(object: KubeObject): object {
  const {
    uid: _u,
    resourceVersion: _r,
    generation: _g,
    creationTimestamp: _c,
    ...metadata
  } = object.metadata;
  return { ...object, metadata };
}

function keysOf(server: FakeApiServer, type: ResourceType): readonly ObjectKey[] {
  const own = server.list(type).map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
  const owners = server
    .list(jobType)
    .flatMap(({ metadata }) =>
      (metadata.ownerReferences ?? [])
        .filter((owner) => owner.kind === type.kind)
        .map((owner) => `${metadata.namespace ?? ''}/${owner.name}`),
    );
  return [...new Set([...own, ...owners])].map((text) => {
    const [namespace = '', name = ''] = text.split('/');
    return { namespace, name };
  });
}

function liveInformer(server: FakeApiServer, options: CacheOptions<KubeObject>): Informer {
  const { type, project, indexes, labelSelector } = options;
  const wanted = (labelSelector ?? '')
    .split(',')
    .filter((term) => term !== '')
    .map((term) => term.split('='));
  const list = (): readonly KubeObject[] =>
    server
      .list(type)
      .filter(({ metadata }) => wanted.every(([name = '', value]) => metadata.labels?.[name] === value))
      .map((raw) => project(structuredClone(raw)));
  return {
    type,
    synced: true,
    contactAgeMilliseconds: () => 0,
    hasSeen: () => true,
    subscribe: () => () => undefined,
    run: async () => {
      await Promise.resolve();
    },
    cache: {
      get: (key: ObjectKey) =>
        list().find(({ metadata }) => metadata.name === key.name && metadata.namespace === key.namespace),
      list,
      byIndex: (index: string, value: string) =>
        list().filter((object) => indexes[index]!(object).includes(value)),
    },
  } as unknown as Informer;
}

/** Counts writes; dies after the one of that number was applied: its answer never arrives, and nothing follows. */
function crashingClient(
  inner: KubeClient,
  crashAfter: number,
  state: { dead: boolean; writes: number },
): KubeClient {
  async function write<T>(send: () => Promise<T>): Promise<T> {
    if (state.dead) throw new Crash('the process is dead');
    const answer = await send();
    state.writes += 1;
    if (state.writes === crashAfter) {
      state.dead = true;
      throw new Crash(`after write ${String(crashAfter)}`);
    }
    return answer;
  }
  return {
    get: async (...given) => await inner.get(...given),
    list: async (...given) => await inner.list(...given),
    create: async (...given) => await write(async () => await inner.create(...given)),
    apply: async (...given) => await write(async () => await inner.apply(...given)),
    mergePatch: async (...given) => await write(async () => await inner.mergePatch(...given)),
    replace: async (...given) => await write(async () => await inner.replace(...given)),
    delete: async (...given) => await write(async () => await inner.delete(...given)),
  };
}
