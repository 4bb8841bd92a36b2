import { expect, it } from 'vitest';
import { backupRepository } from '../../../test/builders/backup-repository.ts';
import { postgresBackup } from '../../../test/builders/postgres-backup.ts';
import { job, pod } from '../../../test/builders/workload.ts';
import { silentLogger } from '../../base/logger.ts';
import { createObjectCache } from '../../kube/cache.ts';
import type { Lease } from '../../kube/types.ts';
import { jobCache } from '../caches.ts';
import { longestWaiting, ownerOfJob, ownerOfPod } from './wakes.ts';

const shop = [{ namespace: 'shop', name: 'shop' }];
const owned = job({ owner: postgresBackup() });
const podOf = (owner: string | undefined) =>
  pod({ metadata: { annotations: owner === undefined ? {} : { 'pgcairn.dev/owner': owner } } });

it('a Job wakes the object that controls it, and no other kind', () => {
  expect(ownerOfJob('PostgresBackup', owned)).toEqual(shop);
  expect(ownerOfJob('BackupRepository', owned)).toEqual([]);
  expect(ownerOfJob('BackupRepository', job({ owner: backupRepository() }))).toEqual([
    { namespace: 'shop', name: 'offsite' },
  ]);
  expect(ownerOfJob('PostgresBackup', job())).toEqual([]);
});

it('a pod wakes the object that it works for, though its Job may be gone', () => {
  expect(ownerOfPod('PostgresBackup', podOf('PostgresBackup/shop'))).toEqual(shop);
  expect(ownerOfPod('BackupRepository', podOf('PostgresBackup/shop'))).toEqual([]);
  expect(ownerOfPod('PostgresBackup', podOf(undefined))).toEqual([]);
  expect(ownerOfPod('PostgresBackup', podOf('PostgresBackup'))).toEqual([]);
});

it('the Lease of a server wakes who waits longest for it, and nobody whose Job was let loose', () => {
  const atServer = (name: string, lease: string, minute: number, suspend = true) =>
    job({
      owner: postgresBackup({ metadata: { name } }),
      metadata: {
        name: `${name}-run`,
        annotations: { 'pgcairn.dev/server-lease': lease },
        creationTimestamp: `2026-11-20T02:0${minute}:00Z`,
      },
      spec: { suspend },
    });
  const { writer, ...jobs } = createObjectCache({ ...jobCache, logger: silentLogger });
  for (const one of [
    atServer('works', 'server-a', 1, false),
    atServer('came-late', 'server-a', 4),
    atServer('waits', 'server-a', 3),
    atServer('elsewhere', 'server-b', 2),
  ])
    writer.upsert(one, '1');
  const lease: Lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'server-a', namespace: 'pgcairn-system' },
  };
  expect(longestWaiting('PostgresBackup', lease, jobs)).toEqual([{ namespace: 'shop', name: 'waits' }]);
});
