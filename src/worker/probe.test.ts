import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { createScrubber } from '../base/redact.ts';
import { Failure } from '../domain/failure.ts';
import type { Store } from '../storage/store.ts';
import { VolumeStore } from '../storage/volume.ts';
import { createMeter } from '../stream/meter.ts';
import { Report } from '../task/report.ts';
import type { ProbeTask } from '../task/task.ts';
import { probeRepository } from './probe.ts';
import type { Workspace } from './workspace.ts';

const task: ProbeTask = {
  version: 1,
  kind: 'probe',
  owner: { namespace: 'shop', name: 'offsite', uid: '7c5f' },
  repository: {
    volume: { claimName: 'backups' },
    encryption: { none: {} },
    probe: { intervalSeconds: 86_400 },
    suspend: false,
  },
};

let mount: string;
let volume: VolumeStore;
beforeEach(async () => {
  mount = await mkdtemp(join(tmpdir(), 'pgcairn-probe-'));
  volume = new VolumeStore({ claimName: 'backups' }, mount);
});
afterEach(() => rm(mount, { recursive: true }));

function workspaceOf(store: Store): Workspace {
  return {
    root: mount,
    version: '0.0.0',
    logger: silentLogger,
    scrubber: createScrubber(),
    clock: systemClock,
    meter: createMeter(() => systemClock.monotonic()),
    signal: new AbortController().signal,
    store,
    recipients: [],
    signingKey: undefined,
  };
}

/** The volume, except where `faults` says otherwise. */
function storeWith(faults: Partial<Store>): Store {
  const { location } = volume;
  const store: Store = {
    location,
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

describe('probing a volume', () => {
  it('reports what was found, and leaves nothing behind', async () => {
    await volume.put('shop/app/manifest.json', Buffer.from('{}'));
    const report = await probeRepository(task, workspaceOf(volume));
    expect(Report.parse(report)).toMatchObject({
      kind: 'probe',
      location: 'volume backups/',
      capabilities: { multipart: true, conditionalWrite: true, versioning: false, objectLock: false },
      probedBytes: 8 * 1024 * 1024,
      warnings: [expect.stringContaining('in the clear'), expect.stringContaining('not signed')],
    });
    expect(await readdir(mount)).toEqual(['shop']);
  });

  it('removes what a killed probe left, but nothing of one that may still run', async () => {
    const home = '.pgcairn-probe/7c5f/';
    await volume.put(`${home}killed/object`, Buffer.from('old'));
    await volume.put(`${home}running/object`, Buffer.from('new'));
    const later = { ...systemClock, now: () => new Date(Date.now() + 700_000) };
    const young = storeWith({
      async *list(prefix) {
        for await (const object of volume.list(prefix))
          yield object.key.includes('running') ? { ...object, modified: later.now() } : object;
      },
    });
    await probeRepository(task, { ...workspaceOf(young), clock: later });
    expect(await readdir(join(mount, home))).toEqual(['running']);
  });

  const byteChanged: Partial<Store> = {
    async get(key, options) {
      const stream = await volume.get(key, options);
      stream?.once('data', (chunk: Buffer) => (chunk[0] = (chunk[0] ?? 0) ^ 1));
      return stream as Readable | undefined;
    },
  };
  const denied = () => Promise.reject(new Failure('StoreAccessDenied', 'no s3:ListBucketMultipartUploads'));
  const cases: [string, Partial<Store>, string][] = [
    ['unfinished uploads cannot be removed', { sweep: denied }, 'StoreAccessDenied'],
    ['a byte comes back changed', byteChanged, 'StoredBytesDiffer'],
    ['an object cannot be read back', { get: () => Promise.resolve(undefined) }, 'StoredBytesDiffer'],
    ['the list does not show what was written', { async *list() {} }, 'StoreFailed'],
    ['a deleted object stays', { delete: () => Promise.resolve() }, 'StoreFailed'],
    [
      'a range is answered with the whole object',
      { get: (key, options) => volume.get(key, { ...(options?.signal && { signal: options.signal }) }) },
      'StoredBytesDiffer',
    ],
  ];
  it.each(cases)('fails when %s', async (_label, faults, reason) => {
    await expect(probeRepository(task, workspaceOf(storeWith(faults)))).rejects.toMatchObject({ reason });
  });

  it('stops when it is asked to, and cleans up', async () => {
    const controller = new AbortController();
    const store = storeWith({
      capabilities: (prefix) => {
        controller.abort(new Error('asked to stop'));
        return volume.capabilities(prefix);
      },
    });
    const probe = probeRepository(task, { ...workspaceOf(store), signal: controller.signal });
    await expect(probe).rejects.toThrow('asked to stop');
    expect(await readdir(mount)).toEqual([]);
  });
});
