import type { CatalogueRun, RunFolder } from '../../src/domain/catalogue.ts';
import type { Manifest } from '../../src/domain/manifest.ts';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

/** A sound manifest of one small run. */
export function manifest(more: Partial<Manifest> = {}): Manifest {
  return {
    schema: 'pgcairn.dev/manifest/v1',
    runId: '20261120T010000Z-aaaa',
    sequence: 1,
    backup: { namespace: 'shop', name: 'shop', uid: 'uid-1' },
    trigger: 'Schedule',
    startTime: '2026-11-20T01:00:00.000Z',
    snapshotTime: '2026-11-20T01:00:01.000Z',
    completionTime: '2026-11-20T01:00:09.000Z',
    producer: { version: '0.1.0' },
    server: { version: '16.9', versionNumber: 160_009, systemIdentifier: '7351', inRecovery: false },
    client: { version: '16.15' },
    content: 'All',
    filtered: false,
    databases: [database()],
    objects: [
      {
        path: 'shop.dump.age',
        kind: 'Dump',
        database: 'shop',
        format: 'custom',
        compression: 'zstd',
        encryption: 'age',
        plain: { bytes: 900, digest: digest('1') },
        stored: { bytes: 1000, digest: digest('2') },
      },
    ],
    recipients: ['age1example'],
    verification: { level: 'Inventoried', steps: [] },
    notes: [],
    suspicious: false,
    ...more,
  };
}

export function database(more: Partial<Manifest['databases'][number]> = {}): Manifest['databases'][number] {
  return {
    name: 'shop',
    oid: 16_400,
    sizeBytes: 200 * 1024 * 1024,
    encoding: 'UTF8',
    tables: 10,
    rows: 50_000,
    largeObjects: 0,
    snapshotTime: '2026-11-20T01:00:01.000Z',
    ...more,
  };
}

/** The folder of a run as a store lists it: its objects and its manifest. */
export function folderOf(run: Manifest): RunFolder {
  const prefix = `${run.backup.namespace}/${run.backup.name}/${run.runId}/`;
  const objects = [
    ...run.objects.map(({ path, stored }) => ({ key: `${prefix}${path}`, bytes: stored.bytes })),
    { key: `${prefix}manifest.json`, bytes: 500 },
  ];
  return {
    runId: run.runId,
    hasManifest: true,
    objects,
    bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

export function catalogueRun(run: Manifest): CatalogueRun {
  return { folder: folderOf(run), manifest: run, manifestDigest: digest('f'), signed: true };
}
