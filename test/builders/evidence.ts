import type { Evidence } from '../../src/domain/evidence.ts';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

/** Evidence of a small drill that passed: the first of its drill. */
export function evidence(more: Partial<Evidence> = {}): Evidence {
  return {
    schema: 'pgcairn.dev/evidence/v1',
    drill: { namespace: 'shop', name: 'shop-monthly', uid: 'uid-9' },
    runId: '20261101T030000Z-7f3a',
    trigger: 'Schedule',
    sequence: 1,
    chain: { checked: 0, faults: [] },
    producer: { version: '0.1.0' },
    signedBy: 'SHA256:2xjM4kHnVbTq0aZ1yQ7tW3eR5uI8oP9sD6fG4hJ2kL1',
    verdict: 'Passed',
    reason: 'Passed',
    summary: '2 tables, 1,210 rows equal; control caught',
    startTime: '2026-11-01T03:00:00.000Z',
    completionTime: '2026-11-01T03:00:09.500Z',
    backup: {
      namespace: 'shop',
      name: 'shop',
      runId: '20261031T211740Z-aaaa',
      manifestDigest: digest('a'),
      sequence: 41,
      signed: true,
      snapshotTime: '2026-10-31T21:17:41.000Z',
      serverVersion: '16.9',
      storedBytes: 4_402_341,
      databases: ['shop'],
      filtered: false,
    },
    location: 's3://acme-backups/postgres',
    server: { version: '16.9', image: 'postgres:16' },
    objectives: { recoveryTimeSeconds: 3600, recoveryPointSeconds: 90_000 },
    measured: {
      recoveryTimeSeconds: 7.2,
      recoveryPointSeconds: 20_539,
      largestGapSeconds: 86_400,
      restoredBytes: 52_428_800,
    },
    phases: [
      { name: 'Fetch', startSeconds: 0.3, seconds: 0.9 },
      { name: 'Decrypt', startSeconds: 1.2, seconds: 0.2 },
      { name: 'Load', startSeconds: 1.4, seconds: 3.1 },
      { name: 'Index', startSeconds: 4.5, seconds: 1.2 },
      { name: 'Analyse', startSeconds: 5.7, seconds: 0.4 },
      { name: 'Check', startSeconds: 6.1, seconds: 1.4 },
      { name: 'Control', startSeconds: 7.5, seconds: 2 },
    ],
    checks: [
      { id: 'Signature', outcome: 'Passed', count: 1, detail: 'signed by SHA256:abc', seconds: 0 },
      { id: 'Rows', database: 'shop', outcome: 'Passed', count: 2, detail: '2 tables equal', seconds: 0.2 },
    ],
    tables: [
      { database: 'shop', schema: 'public', name: 'orders', expectedRows: 1200, restoredRows: 1200 },
      { database: 'shop', schema: 'public', name: 'customers', expectedRows: 10, restoredRows: 10 },
    ],
    controls: [
      {
        damage: 'FlippedBit',
        target: 'shop.dump.age',
        outcome: 'Caught',
        detail: 'shop.dump.age has another digest than its manifest says',
      },
    ],
    findings: [],
    past: [],
    ...more,
  };
}
