import { describe, expect, it } from 'vitest';
import type { BackupDrillParts } from '../../test/builders/backup-drill.ts';
import { backupDrill } from '../../test/builders/backup-drill.ts';
import { backupRepository, readyBackupRepository } from '../../test/builders/backup-repository.ts';
import { postgresBackup } from '../../test/builders/postgres-backup.ts';
import type { BackupDrill, DrillRecord } from '../api/v1alpha1/backup-drill.ts';
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
    ...(outcome === 'Succeeded' ? { storedBytes: 10 } : {}),
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
      lastProven: {
        drill: 'shop-monthly',
        runId: 'a',
        time: '2026-11-20T05:00:00Z',
        recoveryTimeSeconds: 412,
      },
      stored: { runs: 4, bytes: 4096 },
      missedRuns: { count: 2 },
    },
  });
}

/** The lines that a scrape gives about objects. */
function scraper(given: {
  backups?: readonly PostgresBackup[];
  drills?: readonly BackupDrill[];
  leader: boolean;
}) {
  const metrics = createRuntimeMetrics();
  const ready = readyBackupRepository();
  const broken = backupRepository({ metadata: { name: 'broken' } });
  metrics.registerGauges(
    objectMetrics({
      backups: { list: () => given.backups ?? [] },
      drills: { list: () => given.drills ?? [] },
      repositories: { list: () => [ready, broken] },
      isLeader: () => given.leader,
    }),
  );
  return async (): Promise<readonly string[]> => {
    const { body } = await metrics.render();
    return body.split('\n').filter((line) => /^pgcairn_(backup|drill|store)_/.test(line));
  };
}

describe('metrics about objects', () => {
  it('tell of the last success, the last attempt, the promise, and what is stored', async () => {
    const third = {
      ...run('c', '2026-11-21T03:00:10Z', 'Succeeded'),
      startTime: '2026-11-21T03:00:00Z',
      storedBytes: 7,
      phases: { dump: 6, readBack: 3 },
    };
    const scrape = scraper({ backups: [backupWith([second, third, first])], leader: true });
    const own = '{namespace="shop",name="shop"}';
    expect(await scrape()).toEqual([
      `pgcairn_backup_last_success_timestamp_seconds${own} 1795139940`,
      `pgcairn_backup_last_attempt_timestamp_seconds${own} 1795226400`,
      `pgcairn_backup_last_run_succeeded${own} 0`,
      `pgcairn_backup_last_proven_timestamp_seconds${own} 1795150800`,
      `pgcairn_backup_recovery_point_objective_seconds${own} 90000`,
      `pgcairn_backup_recovery_point_due_timestamp_seconds${own} ${1795139940 + 90_000}`,
      `pgcairn_backup_duration_seconds${own} 10`,
      `pgcairn_backup_stored_bytes${own} 4096`,
      `pgcairn_backup_suspicious${own} 0`,
      `pgcairn_backup_stored_runs${own} 4`,
      `pgcairn_backup_missed_runs${own} 2`,
      'pgcairn_backup_phase_seconds{namespace="shop",name="shop",phase="dump"} 6',
      'pgcairn_backup_phase_seconds{namespace="shop",name="shop",phase="readBack"} 3',
      'pgcairn_backup_run_stored_bytes{namespace="shop",name="shop",run="newest"} 7',
      'pgcairn_backup_run_stored_bytes{namespace="shop",name="shop",run="previous"} 10',
      'pgcairn_store_available{namespace="shop",name="offsite"} 1',
      'pgcairn_store_available{namespace="shop",name="broken"} 0',
    ]);
  });

  it('leave out what is not known yet', async () => {
    const scrape = scraper({ backups: [postgresBackup()], leader: true });
    expect((await scrape()).filter((line) => /last_success|proven|duration|run_stored/.test(line))).toEqual(
      [],
    );
  });

  it('begin the clock of a promise with the object, before there is any data', async () => {
    const promised = { recoveryPointSeconds: 3600 };
    const metadata = { creationTimestamp: '2026-11-20T00:00:00Z' };
    const backup = postgresBackup({ spec: { objectives: promised }, metadata });
    const [line] = (await scraper({ backups: [backup], leader: true })()).filter((one) =>
      one.includes('_due_'),
    );
    expect(line).toMatch(/ 1795136400$/);
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

const passed: DrillRecord = {
  runId: 'd1',
  trigger: 'Schedule',
  slotTime: '2026-11-01T03:00:00Z',
  startTime: '2026-11-01T03:00:00Z',
  completionTime: '2026-11-01T03:10:00Z',
  backupRunId: 'a',
  verdict: 'Passed',
  reason: 'Passed',
  message: 'm',
  recoveryTimeSeconds: 412,
  recoveryPointSeconds: 26_340,
  phases: { fetch: 40, decrypt: 1, load: 211, index: 121, analyse: 9, check: 30 },
  restoredBytes: 5_000_000,
};
const failed: DrillRecord = {
  runId: 'd2',
  trigger: 'Request',
  slotTime: '2026-11-02T03:00:00Z',
  startTime: '2026-11-02T03:00:00Z',
  completionTime: '2026-11-02T03:10:00Z',
  verdict: 'Failed',
  reason: 'Digests',
  message: 'm',
};

function drillWith(history: readonly DrillRecord[]): BackupDrill {
  const [lastRun] = history;
  const verified = {
    type: 'Verified',
    status: lastRun?.verdict === 'Failed' ? 'False' : 'True',
    reason: 'x',
    message: 'm',
    lastTransitionTime: '2026-11-02T03:10:00Z',
    observedGeneration: 1,
  } as const;
  return backupDrill({
    spec: { objectives: { recoveryTimeSeconds: 3600, recoveryPointSeconds: 900 } },
    status: {
      observedGeneration: 1,
      conditions: [verified],
      history,
      ...(lastRun && { lastRun }),
      lastPassed: {
        runId: 'd1',
        backupRunId: 'a',
        time: '2026-11-01T03:10:00Z',
        snapshotTime: '2026-10-31T20:00:00Z',
        recoveryTimeSeconds: 412,
      },
      nextRunTime: '2026-12-01T03:00:00Z',
      missedRuns: { count: 1 },
    },
  });
}

describe('metrics about drills', () => {
  const own = '{namespace="shop",name="shop-monthly"}';
  const of = async (drill: BackupDrill, leader = true): Promise<readonly string[]> =>
    (await scraper({ drills: [drill], leader })()).filter((line) => line.startsWith('pgcairn_drill'));
  const phase = (name: string, value: number): string =>
    `pgcairn_drill_phase_seconds{namespace="shop",name="shop-monthly",phase="${name}"} ${value}`;
  const verdict = (name: string, value: number): string =>
    `pgcairn_drill_last_verdict{namespace="shop",name="shop-monthly",verdict="${name}"} ${value}`;

  it('tell what was measured and promised, what it came to, and by when the next proof is due', async () => {
    expect(await of(drillWith([failed, passed]))).toEqual([
      `pgcairn_drill_last_run_timestamp_seconds${own} 1793589000`,
      `pgcairn_drill_last_passed_timestamp_seconds${own} 1793502600`,
      `pgcairn_drill_verified${own} 0`,
      `pgcairn_drill_recovery_time_seconds${own} 412`,
      `pgcairn_drill_recovery_time_objective_seconds${own} 3600`,
      `pgcairn_drill_recovery_point_seconds${own} 26340`,
      `pgcairn_drill_recovery_point_objective_seconds${own} 900`,
      `pgcairn_drill_restored_bytes${own} 5000000`,
      // The first of December at three, an hour to start in, four to run.
      `pgcairn_drill_proof_due_timestamp_seconds${own} ${Date.parse('2026-12-01T08:00:00Z') / 1000}`,
      `pgcairn_drill_next_run_timestamp_seconds${own} 1796094000`,
      `pgcairn_drill_missed_runs${own} 1`,
      verdict('Passed', 0),
      verdict('Failed', 1),
      verdict('Inconclusive', 0),
      phase('fetch', 40),
      phase('decrypt', 1),
      phase('load', 211),
      phase('index', 121),
      phase('analyse', 9),
      phase('check', 30),
    ]);
  });

  it('say of a new drill only when it is due', async () => {
    expect(await of(backupDrill({ metadata: { creationTimestamp: '2026-11-20T00:00:00Z' } }))).toEqual([
      `pgcairn_drill_proof_due_timestamp_seconds${own} ${Date.parse('2026-12-01T08:00:00Z') / 1000}`,
      `pgcairn_drill_missed_runs${own} 0`,
    ]);
  });

  it.each([
    // Made long ago: with another source, or without a schedule.
    ['the first slot that is ahead', {}, '2026-12-01'],
    [
      'a slot at work',
      { currentRun: { trigger: 'Schedule', slotTime: '2026-11-01T03:00:00Z' } },
      '2026-11-01',
    ],
    [
      'the first slot since that did not pass',
      {
        history: ['2026-11-01', '2026-10-01'].map((day) => ({
          trigger: 'Schedule',
          slotTime: `${day}T03:00:00Z`,
        })),
      },
      '2026-10-01',
    ],
    ['its making where slots were missed', { missedRuns: { count: 1 } }, '2026-03-01'],
  ])('count a proof as owed from %s', async (_, facts, day) => {
    const status = { nextRunTime: '2026-12-01T03:00:00Z', ...facts } as NonNullable<
      BackupDrillParts['status']
    >;
    const drill = backupDrill({ metadata: { creationTimestamp: '2026-02-20T00:00:00Z' }, status });
    expect(await of(drill)).toContain(
      `pgcairn_drill_proof_due_timestamp_seconds${own} ${Date.parse(`${day}T08:00:00Z`) / 1000}`,
    );
  });

  it.each([
    ['without a schedule', backupDrill({ spec: { schedule: undefined } })],
    // As an older version may have let it in.
    [
      'with one that never comes',
      { ...backupDrill(), spec: { ...backupDrill().spec, schedule: '0 3 31 2 *' } },
    ],
  ])('expect no proof of a drill %s', async (_, drill) => {
    expect((await of(drill)).filter((line) => line.includes('_due_'))).toEqual([]);
  });

  it('are silent on a standby', async () => {
    expect(await of(drillWith([passed]), false)).toEqual([]);
  });

  it('count drills that end while this process lives, by verdict and reason', async () => {
    const given = { drills: [drillWith([passed])], leader: true };
    const scrape = scraper(given);
    await scrape();
    given.drills = [drillWith([failed, passed])];
    expect((await scrape()).filter((line) => line.includes('runs_total'))).toEqual([
      'pgcairn_drill_runs_total{namespace="shop",name="shop-monthly",verdict="Failed",reason="Digests"} 1',
    ]);
  });
});
