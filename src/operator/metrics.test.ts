import { describe, expect, it } from 'vitest';
import { backupRepository, readyBackupRepository } from '../../test/builders/backup-repository.ts';
import { postgresBackup } from '../../test/builders/postgres-backup.ts';
import type { PostgresBackup, RunRecord } from '../api/v1alpha1/postgres-backup.ts';
import { createRuntimeMetrics } from '../runtime/metrics.ts';
import { objectMetrics } from './metrics.ts';

function run(runId: string, completionTime: string, outcome: 'Succeeded' | 'Failed'): RunRecord {
  return {
    runId,
    trigger: 'Schedule',
    slotTime: completionTime,
    startTime: completionTime,
    completionTime,
    outcome,
    reason: outcome === 'Succeeded' ? 'Verified' : 'CannotConnect',
    message: 'm',
  };
}
const first = run('a', '2026-11-20T02:00:00Z', 'Succeeded');
const second = run('b', '2026-11-21T02:00:00Z', 'Failed');
const third = run('c', '2026-11-22T02:00:00Z', 'Failed');

function backupWith(runs: readonly RunRecord[]): PostgresBackup {
  return postgresBackup({
    spec: { objectives: { recoveryPointSeconds: 90_000 } },
    status: {
      runs,
      lastSuccess: {
        runId: 'a',
        snapshotTime: '2026-11-20T01:59:00Z',
        storedBytes: 10,
        verifiedTo: 'Inventoried',
      },
      stored: { runs: 4, bytes: 4096 },
      missedRuns: { count: 2 },
    },
  });
}

/** The lines that a scrape gives about objects. */
function scraper(given: { backups: readonly PostgresBackup[]; leader: boolean }) {
  const metrics = createRuntimeMetrics();
  const ready = readyBackupRepository();
  const broken = backupRepository({ metadata: { name: 'broken' } });
  metrics.registerGauges(
    objectMetrics({
      backups: { list: () => given.backups },
      repositories: { list: () => [ready, broken] },
      isLeader: () => given.leader,
    }),
  );
  return async (): Promise<readonly string[]> => {
    const { body } = await metrics.render();
    return body.split('\n').filter((line) => /^pgcairn_(backup|store)_/.test(line));
  };
}

describe('metrics about objects', () => {
  it('tell of the last success, the last attempt, the promise, and what is stored', async () => {
    const scrape = scraper({ backups: [backupWith([second, first])], leader: true });
    expect(await scrape()).toEqual([
      'pgcairn_backup_last_success_timestamp_seconds{namespace="shop",name="shop"} 1795139940',
      'pgcairn_backup_last_attempt_timestamp_seconds{namespace="shop",name="shop"} 1795226400',
      'pgcairn_backup_recovery_point_objective_seconds{namespace="shop",name="shop"} 90000',
      'pgcairn_backup_stored_bytes{namespace="shop",name="shop"} 4096',
      'pgcairn_backup_suspicious{namespace="shop",name="shop"} 0',
      'pgcairn_backup_stored_runs{namespace="shop",name="shop"} 4',
      'pgcairn_backup_missed_runs{namespace="shop",name="shop"} 2',
      'pgcairn_store_available{namespace="shop",name="offsite"} 1',
      'pgcairn_store_available{namespace="shop",name="broken"} 0',
    ]);
  });

  it('leave out what is not known yet', async () => {
    const scrape = scraper({ backups: [postgresBackup()], leader: true });
    expect((await scrape()).filter((line) => line.includes('last_success'))).toEqual([]);
  });

  it('are silent on a standby, so that sums over the pods are right', async () => {
    const given = { backups: [backupWith([first])], leader: false };
    expect(await scraper(given)()).toEqual([]);
  });

  it('forget an object that is gone', async () => {
    const given = { backups: [backupWith([first])] as readonly PostgresBackup[], leader: true };
    const scrape = scraper(given);
    await scrape();
    given.backups = [];
    expect((await scrape()).filter((line) => line.startsWith('pgcairn_backup'))).toEqual([]);
  });

  it('count runs that end while this process lives, each once', async () => {
    const given = { backups: [backupWith([first])], leader: true };
    const scrape = scraper(given);
    const counts = async (): Promise<readonly string[]> =>
      (await scrape()).filter((line) => line.includes('runs_total'));
    expect(await counts()).toEqual([]);
    given.backups = [backupWith([second, first])];
    const line =
      'pgcairn_backup_runs_total{namespace="shop",name="shop",result="Failed",reason="CannotConnect"}';
    expect(await counts()).toEqual([`${line} 1`]);
    expect(await counts()).toEqual([`${line} 1`]);
    given.backups = [backupWith([third, second, first])];
    expect(await counts()).toEqual([`${line} 2`]);
  });
});
