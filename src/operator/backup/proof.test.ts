import { describe, expect, it } from 'vitest';
import type { BackupDrill } from '../../api/v1alpha1/backup-drill.ts';
import { withProof } from './proof.ts';
import type { SeenPresent } from './seen.ts';

const owner = { metadata: { name: 'shop', uid: 'uid-of-shop' } } as SeenPresent['owner'];

function drill(name: string, backupRunId: string, time: string): BackupDrill {
  const lastPassed = { runId: 'any', backupRunId, time, snapshotTime: time, recoveryTimeSeconds: 60 };
  return { metadata: { name }, status: { source: 'shop', lastPassed } } as unknown as BackupDrill;
}

const weekly = drill('weekly', '20261201T010000Z', '2026-12-01T03:00:00Z');
const random = drill('random', '20261103T010000Z', '2026-12-04T03:00:00Z');

describe('what is proven of a backup', () => {
  it('is its newest run, also when an older one was drilled later', () => {
    const { lastProven } = withProof({}, { owner, drills: [random, weekly] });
    expect(lastProven).toMatchObject({ drill: 'weekly', runId: '20261201T010000Z' });
    expect(withProof({ lastProven: lastProven! }, { owner, drills: [random] })).toEqual({ lastProven });
  });

  it('is of the last drill of that run', () => {
    const again = drill('again', '20261201T010000Z', '2026-12-05T03:00:00Z');
    expect(withProof({}, { owner, drills: [weekly, again, random] }).lastProven).toMatchObject({
      drill: 'again',
      time: '2026-12-05T03:00:00Z',
    });
  });
});
