import { describe, expect, it } from 'vitest';
import type { BackupDrill } from '../../api/v1alpha1/backup-drill.ts';
import type { Condition, ConditionStatus } from '../../api/v1alpha1/condition.ts';
import type { PostgresBackup } from '../../api/v1alpha1/postgres-backup.ts';
import { fullBackupDrillStatus, fullPostgresBackupStatus } from '../../../test/builders/full-status.ts';
import { assess } from './assess.ts';

const now = new Date('2026-11-20T12:00:00Z');
const metadata = { name: 'shop', namespace: 'shop' };
const full = fullPostgresBackupStatus();

function condition(type: string, status: ConditionStatus, reason: string): Condition {
  return { type, status, reason, message: `words of ${reason}`, lastTransitionTime: '2026-11-20T00:00:00Z' };
}

function backup(status: object, spec: object = {}): PostgresBackup {
  return {
    apiVersion: 'pgcairn.dev/v1alpha1',
    kind: 'PostgresBackup',
    metadata,
    spec: { suspend: false, ...spec },
    status,
  } as unknown as PostgresBackup;
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
  ])('%s needs attention', (_, status, advice) => {
    expect(assess(backup(status), now)).toMatchObject({ state: 'Attention', advice });
  });

  it('that is suspended needs attention', () => {
    expect(assess(backup({ ...full, conditions: good }, { suspend: true }), now)).toMatchObject({
      state: 'Attention',
      advice: 'suspended: set spec.suspend to false',
    });
  });

  it.each([
    ['that the operator has not seen', undefined, 'the operator has not looked at it yet'],
    [
      'that waits for its first slot',
      { conditions: [good[0], condition('LastRunSucceeded', 'Unknown', 'NeverRan')] },
      'Scheduled: words of Scheduled',
    ],
  ])('%s is waiting, and nothing is known', (_, status, advice) => {
    expect(assess(backup(status as object), now)).toMatchObject({
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
  const status = fullBackupDrillStatus();
  const drill = (conditions: readonly (Condition | undefined)[]): BackupDrill =>
    ({ ...backup({ ...status, conditions }), kind: 'BackupDrill' }) as unknown as BackupDrill;

  it('is good when the last one passed', () => {
    const assessment = assess(drill(good), now);

    expect(assessment).toMatchObject({ object: 'drill/shop', state: 'Good' });
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
});
