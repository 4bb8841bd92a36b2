import { expect, it } from 'vitest';
import { backupRepository } from '../../../test/builders/backup-repository.ts';
import { postgresBackup } from '../../../test/builders/postgres-backup.ts';
import { job, pod } from '../../../test/builders/workload.ts';
import { ownerOfJob, ownerOfPod } from './wakes.ts';

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
