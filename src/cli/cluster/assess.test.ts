import { describe, expect, it } from 'vitest';
import type { BackupDrill } from '../../api/v1alpha1/backup-drill.ts';
import type { Condition, ConditionStatus } from '../../api/v1alpha1/condition.ts';
import type { PostgresBackup } from '../../api/v1alpha1/postgres-backup.ts';
import { fullBackupDrillStatus, fullPostgresBackupStatus } from '../../../test/builders/full-status.ts';
import type { BackupDrillParts } from '../../../test/builders/backup-drill.ts';
import { backupDrill } from '../../../test/builders/backup-drill.ts';
import { postgresBackup } from '../../../test/builders/postgres-backup.ts';
import { assess } from './assess.ts';

const now = new Date('2026-11-20T12:00:00Z');
const { missedRuns, ...full } = fullPostgresBackupStatus();

function condition(type: string, status: ConditionStatus, reason: string): Condition {
  return { type, status, reason, message: `words of ${reason}`, lastTransitionTime: '2026-11-20T00:00:00Z' };
}

function backup(status: object | undefined, spec: object = {}, metadata: object = {}): PostgresBackup {
  return postgresBackup({ spec, metadata, ...(status && { status: { observedGeneration: 1, ...status } }) });
}

const good = [condition('Ready', 'True', 'Scheduled'), condition('LastRunSucceeded', 'True', 'Verified')];

describe('a backup', () => {
  it('is good when it runs, its data is verified and a drill has proven it', () => {
    expect(assess(backup({ ...full, conditions: good }), now)).toEqual({
      namespace: 'shop',
      object: 'backup/shop',
      state: 'Good',
      known: 'data 10 h old, proven 19 d ago',
      advice: '',
    });
  });

  it.each([
    [
      'that failed',
      { ...full, conditions: [good[0], condition('LastRunSucceeded', 'False', 'WrongPassword')] },
      'WrongPassword: words of WrongPassword -- Correct the connection Secret.',
    ],
    [
      'whose configuration is wrong, before all else',
      {
        ...full,
        conditions: [
          condition('LastRunSucceeded', 'False', 'WrongPassword'),
          condition('Stalled', 'True', 'InvalidSpec'),
        ],
      },
      'InvalidSpec: words of InvalidSpec',
    ],
    [
      'that misses its objective',
      { ...full, conditions: [...good, condition('ObjectivesMet', 'False', 'RecoveryPointMissed')] },
      'RecoveryPointMissed: words of RecoveryPointMissed',
    ],
    [
      'that nobody has proven',
      { ...full, conditions: good, lastProven: undefined },
      'no drill has proven it: make a BackupDrill with source.backupRef',
    ],
    [
      'that holds far less than before',
      { ...full, conditions: [good[0], condition('LastRunSucceeded', 'True', 'VerifiedSuspicious')] },
      'VerifiedSuspicious: words of VerifiedSuspicious -- Compare the message with what happened to the database; retention goes on after a run of the former size, or after 30 days.',
    ],
    [
      'with runs that cannot be believed',
      { ...full, conditions: good, stored: { ...full.stored, invalidRuns: 2 } },
      '2 runs in the store have a manifest that cannot be believed: keep the store as it is; pgcairn list says which and why',
    ],
    [
      'that missed runs',
      { ...full, conditions: good, missedRuns: { ...missedRuns, count: 3, reason: 'OperatorUnavailable' } },
      'missed 3 runs since the last success, the last of 2026-11-19T01:17:00Z (OperatorUnavailable): remove the cause, then pgcairn run backup/shop',
    ],
    [
      'whose next run is long past',
      { ...full, conditions: good, nextRunTime: '2026-11-01T02:17:00Z' },
      'the run of 2026-11-01T02:17:00Z was neither started nor missed: see that the operator runs, and that it watches this namespace',
    ],
    [
      'that never ran, and whose first run is long past',
      {
        conditions: [good[0], condition('LastRunSucceeded', 'Unknown', 'NeverRan')],
        nextRunTime: '2026-11-01T02:17:00Z',
      },
      'the run of 2026-11-01T02:17:00Z was neither started nor missed: see that the operator runs, and that it watches this namespace',
    ],
  ])('%s needs attention', (_, status, advice) => {
    expect(assess(backup(status), now)).toMatchObject({ state: 'Attention', advice });
  });

  it('that the operator does not look at needs attention', () => {
    const made = '2026-11-20T11:45:00Z';
    expect(assess(backup(undefined, {}, { creationTimestamp: made }), now)).toMatchObject({
      state: 'Attention',
      advice: `the operator has not looked at it since it was made at ${made}: see that the operator runs, and that it watches this namespace`,
    });
  });

  it('waits for a run as long as that may start late', () => {
    const status = { ...full, conditions: good, nextRunTime: '2026-11-20T11:00:00Z' };
    const startingAt = (startingDeadlineSeconds: number): string =>
      assess(backup(status, { startingDeadlineSeconds }), now).state;
    expect([startingAt(3600), startingAt(2400)]).toEqual(['Good', 'Attention']);
  });

  it.each([
    ['overdue', {}, 'Attention'],
    ['overdue in another namespace', { metadata: { namespace: 'till' } }, 'Good'],
    ['overdue of another backup', { spec: { source: { backupRef: { name: 'till' } } } }, 'Good'],
    ['suspended', { spec: { suspend: true } }, 'Good'],
    ['without a schedule', { spec: { schedule: undefined } }, 'Good'],
    ['yearly, and so in time', { spec: { schedule: '@yearly' } }, 'Good'],
  ] as const)('with a drill that is %s', (_, parts, state) => {
    const { nextRunTime: _next, ...before } = fullBackupDrillStatus();
    const lastPassed = { ...before.lastPassed, time: '2026-01-02T03:00:00Z' };
    const status = { ...before, lastPassed, history: [] };
    const advice = state === 'Good' ? '' : 'its proof is overdue: look at drill/shop-monthly';
    const drills = [backupDrill({ ...parts, status } as BackupDrillParts)];
    expect(assess(backup({ ...full, conditions: good }), now, drills)).toMatchObject({ state, advice });
  });

  it('that is suspended needs attention', () => {
    expect(assess(backup({ ...full, conditions: good }, { suspend: true }), now)).toMatchObject({
      state: 'Attention',
      advice: 'suspended: set spec.suspend to false',
    });
  });

  it.each([
    ['that the operator has not seen yet', undefined, 'the operator has not looked at it yet'],
    [
      'that waits for its first slot',
      { conditions: [good[0], condition('LastRunSucceeded', 'Unknown', 'NeverRan')] },
      'Scheduled: words of Scheduled',
    ],
  ])('%s is waiting, and nothing is known', (_, status, advice) => {
    const justMade = { creationTimestamp: '2026-11-20T11:59:00Z' };
    expect(assess(backup(status, {}, justMade), now)).toMatchObject({
      state: 'Waiting',
      known: 'no verified run',
      advice,
    });
  });

  it('is not spoilt by a condition that is unknown', () => {
    const conditions = [...good, condition('ObjectivesMet', 'Unknown', 'NoObjective')];
    expect(assess(backup({ ...full, conditions }), now)).toMatchObject({ state: 'Good' });
  });
});

describe('a drill', () => {
  const { missedRuns: missed, ...status } = fullBackupDrillStatus();
  const drill = (conditions: readonly (Condition | undefined)[], more: object = {}): BackupDrill =>
    backupDrill({ status: { ...status, conditions, ...more } } as BackupDrillParts);

  it('is good when the last one passed', () => {
    const assessment = assess(drill(good), now);

    expect(assessment).toMatchObject({ object: 'drill/shop-monthly', state: 'Good' });
    expect(assessment.known).toMatch(/^Passed .* ago, recovery /);
  });

  it.each(['ControlNotCaught', 'Undecided', 'DrillServerUnfit'])(
    'that was inconclusive by %s needs attention',
    (reason) => {
      const conditions = [good[0], condition('LastRunSucceeded', 'Unknown', reason)];
      expect(assess(drill(conditions), now)).toMatchObject({
        state: 'Attention',
        advice: expect.stringContaining(`${reason}: words of ${reason}`),
      });
    },
  );

  it('that has not run waits', () => {
    const conditions = [good[0], condition('LastRunSucceeded', 'Unknown', 'NeverRan')];
    expect(assess(drill(conditions), now)).toMatchObject({ state: 'Waiting' });
  });

  it('that missed its slots needs attention', () => {
    expect(assess(drill(good, { missedRuns: missed }), now)).toMatchObject({
      state: 'Attention',
      advice:
        'missed 1 run since the last success, the last of 2026-10-01T03:00:00Z (the operator was down): remove the cause, then pgcairn run drill/shop-monthly',
    });
  });

  it.each([
    [
      'last passed too long ago',
      { lastPassed: { ...status.lastPassed, time: '2026-01-02T03:00:00Z' }, history: [] },
      'by its schedule a drill should have passed by 2026-02-01T08:00:00Z, and the last passed at 2026-01-02T03:00:00Z: see that the operator runs, then pgcairn run drill/shop-monthly',
    ],
    [
      'never passed',
      { lastPassed: undefined, lastRun: undefined, history: [] },
      'by its schedule a drill should have passed by 2026-02-01T08:00:00Z, and none has passed: see that the operator runs, then pgcairn run drill/shop-monthly',
    ],
  ])('that by its schedule is overdue, as it %s, needs attention', (_, more, advice) => {
    const { nextRunTime: _next, ...parts } = status;
    const late = backupDrill({
      metadata: { creationTimestamp: '2026-01-02T03:00:00Z' },
      status: { ...parts, conditions: good, ...more },
    } as BackupDrillParts);
    expect(assess(late, now)).toMatchObject({ state: 'Attention', advice });
  });
});
