import { describe, expect, it } from 'vitest';
import { backupDrill } from '../../../test/builders/backup-drill.ts';
import type { BackupDrill, DrillRecord } from '../../api/v1alpha1/backup-drill.ts';
import { verified } from './results.ts';
import type { Facts } from './seen.ts';

type Verdict = DrillRecord['verdict'];
const record = (verdict: Verdict, index: number): DrillRecord => ({
  runId: `run-${String(index)}`,
  trigger: 'Schedule',
  slotTime: '2026-12-01T03:00:00Z',
  startTime: '2026-12-01T03:00:00Z',
  completionTime: '2026-12-01T03:07:00Z',
  verdict,
  reason: verdict === 'Failed' ? 'Rows' : verdict,
  message: 'm',
});
const lastPassed = {
  runId: 'run-9',
  backupRunId: '20261201T021700Z-7f3a',
  time: '2026-12-01T03:07:10Z',
  snapshotTime: '2026-12-01T02:17:10Z',
  recoveryTimeSeconds: 412,
};
/** Newest first. */
const after = (...verdicts: readonly Verdict[]): Facts => ({
  history: verdicts.map(record),
  ...(verdicts.includes('Passed') && { lastPassed }),
});

describe('what is known of a backup', () => {
  it.each<readonly [readonly Verdict[], string]>([
    [[], 'NotProven'],
    [['Inconclusive', 'Inconclusive'], 'NotProven'],
    [['Passed', 'Failed'], 'Proven'],
    [['Inconclusive', 'Passed', 'Failed'], 'Proven'],
    [['Failed', 'Passed'], 'ProofFailed'],
    [['Inconclusive', 'Failed', 'Passed'], 'ProofFailed'],
  ])('after %j, newest first, is %s', (verdicts, reason) => {
    expect(verified(backupDrill(), after(...verdicts))).toMatchObject({ reason });
  });

  it.each([
    ['a proof', { lastPassed }, 'Proven', 'Proven'],
    ['a failure', { lastPassed }, 'ProofFailed', 'ProofFailed'],
  ] as const)('still is %s when no drill in status could tell any more', (_, more, before, reason) => {
    const condition = {
      type: 'Verified',
      status: before === 'Proven' ? 'True' : 'False',
      reason: before,
      message: 'as it was',
      observedGeneration: 1,
      lastTransitionTime: '2026-12-01T03:07:10Z',
    } as const;
    const owner: BackupDrill = backupDrill({ status: { conditions: [condition] } });
    const verdicts = Array.from({ length: 12 }, () => 'Inconclusive' as const);
    expect(verified(owner, { ...after(...verdicts), ...more })).toMatchObject({ reason });
  });
});
