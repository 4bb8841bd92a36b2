import type { BackupDrillStatus, DrillRecord } from '../../src/api/v1alpha1/backup-drill.ts';
import type { BackupRepositoryStatus } from '../../src/api/v1alpha1/backup-repository.ts';
import type { Condition } from '../../src/api/v1alpha1/condition.ts';
import type { PostgresBackupStatus } from '../../src/api/v1alpha1/postgres-backup.ts';

function condition(type: string, reason: string, message: string): Condition {
  return {
    type,
    status: 'True',
    reason,
    message,
    observedGeneration: 1,
    lastTransitionTime: '2026-11-20T00:00:05Z',
  };
}

/** Every field of the status, as after a good night. */
export function fullPostgresBackupStatus(): Required<PostgresBackupStatus> {
  const run = { runId: '20261120T012140Z-7f3a', startTime: '2026-11-20T01:21:40Z' };
  return {
    observedGeneration: 1,
    conditions: [
      condition('Ready', 'Scheduled', 'next run 2026-11-21T02:21:40+01:00'),
      condition('LastRunSucceeded', 'Verified', `${run.runId}: 4.1 GiB in 38s, verified to Inventoried`),
      condition('ObjectivesMet', 'WithinRecoveryPoint', 'newest verified data is 9 h old, promised 25 h'),
    ],
    server: { version: '16.9', systemIdentifier: '7351234567890123456', sizeBytes: 12_884_901_888 },
    databases: 'shop',
    objective: 'Met',
    nextRunTime: '2026-11-21T01:21:40Z',
    currentRun: {
      ...run,
      trigger: 'Schedule',
      slotTime: '2026-11-20T01:17:00Z',
      jobName: 'shop-run',
      stage: 'Running',
      progress: { step: 'Dump', bytes: 1, objects: 1, updateTime: '2026-11-20T01:21:43Z' },
    },
    lastSlotTime: '2026-11-20T01:17:00Z',
    lastRequest: '1732065600',
    lastSuccess: {
      runId: run.runId,
      snapshotTime: '2026-11-20T01:21:43Z',
      storedBytes: 4_402_341_478,
      verifiedTo: 'Inventoried',
      location: 's3://acme-backups/postgres at AWS',
    },
    lastProven: {
      drill: 'shop-monthly',
      runId: run.runId,
      time: '2026-11-01T03:04:11Z',
      recoveryTimeSeconds: 412,
    },
    stored: { runs: 17, bytes: 71_940_702_208, oldestSnapshotTime: '2026-06-01T01:20:00Z' },
    missedRuns: { count: 1, lastTime: '2026-11-19T01:17:00Z', reason: 'the operator was down' },
    runs: [
      {
        ...run,
        trigger: 'Schedule',
        slotTime: '2026-11-20T01:17:00Z',
        completionTime: '2026-11-20T01:22:21Z',
        outcome: 'Succeeded',
        reason: 'Verified',
        message: '4.1 GiB in 38s, 212 tables, verified to Inventoried',
        verifiedTo: 'Inventoried',
        storedBytes: 4_402_341_478,
        phases: { dump: 29, readBack: 7 },
      },
    ],
  };
}

/** Every field of the status, as after a good probe while the next one runs. */
export function fullBackupRepositoryStatus(): Required<BackupRepositoryStatus> {
  return {
    observedGeneration: 1,
    conditions: [condition('Ready', 'ProbePassed', 'wrote, read, listed and deleted 8 MiB in 412 ms')],
    lastProbeTime: '2026-11-20T00:00:05Z',
    nextProbeTime: '2026-11-21T00:00:05Z',
    failedProbes: 0,
    currentProbe: { jobName: 'offsite-probe', startTime: '2026-11-20T00:00:05Z' },
    store: 'S3',
    location: 'acme-backups/postgres',
    capabilities: { multipart: true, conditionalWrite: true, versioning: true, objectLock: true },
    latencyMilliseconds: { write: 120, read: 61, list: 30, delete: 22 },
    signingKeyFingerprint: 'SHA256:2jmj7l5rSw0yVb/vlWAYkK/YBwk',
    lastProbeRequest: '1732065600',
  };
}

const drillRecord: Required<DrillRecord> = {
  runId: '20261101T030000Z-51c0',
  trigger: 'Schedule',
  slotTime: '2026-11-01T03:00:00Z',
  startTime: '2026-11-01T03:00:00Z',
  completionTime: '2026-11-01T03:07:20Z',
  backupRunId: '20261031T194000Z-7f3a',
  verdict: 'Passed',
  reason: 'Passed',
  message: '212 tables, 48,201,337 rows equal; 391 indexes sound; 2 assertions held; control caught',
  recoveryTimeSeconds: 412,
  recoveryPointSeconds: 26_340,
  largestGapSeconds: 86_400,
  phases: { fetch: 40, decrypt: 6, load: 212, index: 115, analyse: 9, check: 30 },
  tables: 212,
  rows: 48_201_337,
  storedBytes: 4_402_341_478,
  restoredBytes: 12_884_901_888,
  evidence: {
    path: '_drills/shop/shop-monthly/20261101T030000Z-51c0',
    digest: `sha256:${'5c'.repeat(32)}`,
    signed: true,
    location: 's3://acme-backups/prod at AWS',
  },
};

/** Every field of the status, as after a drill that passed but met only one objective, while the next one runs. */
export function fullBackupDrillStatus(): Required<BackupDrillStatus> {
  const { runId, backupRunId, completionTime: time, recoveryTimeSeconds, message } = drillRecord;
  return {
    observedGeneration: 1,
    conditions: [
      condition('Ready', 'Scheduled', 'next drill 2026-12-01T03:00:00Z'),
      condition('LastRunSucceeded', 'Passed', message),
      condition('Verified', 'Proven', `${backupRunId} was restored and checked on ${time}`),
      {
        ...condition('ObjectivesMet', 'RecoveryPointMissed', 'data would be 26,340 s old, promised 900 s'),
        status: 'False',
      },
    ],
    source: 'shop',
    verdict: 'Passed',
    recoveryTime: '6m52s',
    recoveryPoint: '7h19m',
    objective: 'Missed',
    nextRunTime: '2026-12-01T03:00:00Z',
    currentRun: {
      runId: '20261120T101500Z-09ab',
      trigger: 'Request',
      slotTime: '2026-11-20T10:15:00Z',
      startTime: '2026-11-20T10:15:00Z',
      jobName: 'shop-monthly-run',
      stage: 'Running',
      progress: { step: 'Load', bytes: 1, objects: 1, updateTime: '2026-11-20T10:15:43Z' },
    },
    lastSlotTime: '2026-11-01T03:00:00Z',
    lastRequest: '1732065600',
    lastRun: drillRecord,
    lastPassed: {
      runId,
      backupRunId,
      backupUid: '7d3c1a52-6f0e-4b9a-8f5d-2f6a0c9b1e44',
      time,
      snapshotTime: '2026-10-31T19:41:00Z',
      recoveryTimeSeconds,
      content: 'All',
    },
    missedRuns: { count: 1, lastTime: '2026-10-01T03:00:00Z', reason: 'the operator was down' },
    history: [drillRecord],
  };
}
