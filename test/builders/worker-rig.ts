import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { PostgresBackupSpec } from '../../src/api/v1alpha1/postgres-backup.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { createScrubber } from '../../src/base/redact.ts';
import { runFolder } from '../../src/domain/layout.ts';
import type { Manifest } from '../../src/domain/manifest.ts';
import type { Store } from '../../src/storage/store.ts';
import { VolumeStore } from '../../src/storage/volume.ts';
import { createMeter } from '../../src/stream/meter.ts';
import type { SigningKey } from '../../src/stream/signing.ts';
import type { BackupTask } from '../../src/task/task.ts';
import { manifestFile } from '../../src/worker/manifest-file.ts';
import type { RunContext } from '../../src/worker/run-context.ts';
import type { Workspace } from '../../src/worker/workspace.ts';

export interface WorkerRig {
  readonly volume: VolumeStore;
  /** `faults`: what the store does differently from the volume. */
  workspace(more?: { faults?: Partial<Store>; signingKey?: SigningKey; signal?: AbortSignal }): Workspace;
  remove(): Promise<void>;
}

/** A store on a folder of its own, and what a worker needs to work with it. */
export async function makeWorkerRig(): Promise<WorkerRig> {
  const mount = await mkdtemp(join(tmpdir(), 'pgcairn-rig-'));
  const volume = new VolumeStore({ claimName: 'backups' }, mount);
  return {
    volume,
    workspace: ({ faults, signingKey, signal } = {}) => ({
      root: mount,
      version: '0.0.0',
      logger: silentLogger,
      scrubber: createScrubber(),
      clock: systemClock,
      meter: createMeter(() => systemClock.monotonic()),
      signal: signal ?? new AbortController().signal,
      store: storeWith(volume, faults),
      recipients: [],
      signingKey,
    }),
    remove: () => rm(mount, { recursive: true }),
  };
}

/** What lies below a folder of a store, by its path in there. */
export async function filesBelow(store: Store, folder: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for await (const { key } of store.list(folder)) {
    const body = await store.get(key);
    if (body !== undefined) found.set(key.slice(folder.length), await buffer(body));
  }
  return found;
}

/** `store`, except where `faults` says otherwise. */
function storeWith(volume: Store, faults: Partial<Store> = {}): Store {
  const store: Store = {
    location: volume.location,
    put: (...given) => volume.put(...given),
    get: (...given) => volume.get(...given),
    head: (...given) => volume.head(...given),
    list: (...given) => volume.list(...given),
    delete: (...given) => volume.delete(...given),
    sweep: (...given) => volume.sweep(...given),
    capabilities: (...given) => volume.capabilities(...given),
    close: () => volume.close(),
  };
  return { ...store, ...faults };
}

/** Stores what a manifest names, and the manifest. Returns its file. */
export async function storeRun(store: Store, run: Manifest, key?: SigningKey): Promise<Buffer> {
  const folder = runFolder(run.backup, run.runId);
  for (const { path, stored } of run.objects)
    await store.put(`${folder}${path}`, Buffer.alloc(stored.bytes, 'x'));
  const file = manifestFile(run, key);
  await store.put(`${folder}manifest.json`, file);
  return file;
}

/** The context of the run that `run` is the manifest of. */
export function runContext(workspace: Workspace, run: Manifest, spec: object = {}): RunContext {
  const task: BackupTask = {
    version: 1,
    kind: 'backup',
    repository: {
      volume: { claimName: 'backups' },
      encryption: { none: {} },
      probe: { intervalSeconds: 86_400 },
      suspend: false,
    },
    backup: run.backup,
    run: { id: run.runId, trigger: 'Once', slotTime: run.startTime },
    spec: PostgresBackupSpec.parse({
      connection: { secretRef: { name: 'db' } },
      repositoryRef: { name: 'offsite' },
      ...spec,
    }),
  };
  return {
    ...workspace,
    task,
    folder: runFolder(run.backup, run.runId),
    startTime: new Date(run.startTime),
  };
}
