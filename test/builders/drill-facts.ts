import type { DrillFacts } from '../../src/task/report.ts';

/** What a drill that passed reports; `parts` are laid over. */
export function drillFacts(runId: string, parts: Partial<DrillFacts> = {}): DrillFacts {
  return {
    runId,
    verdict: 'Passed',
    reason: 'Passed',
    message: '14 checks passed',
    startTime: '2026-12-01T03:00:05Z',
    completionTime: '2026-12-01T03:07:10Z',
    backupRunId: '20261201T021700Z-7f3a',
    snapshotTime: '2026-12-01T02:17:10Z',
    recoveryTimeSeconds: 412,
    recoveryPointSeconds: 2575,
    largestGapSeconds: 86_400,
    phases: { fetch: 40, decrypt: 9, load: 212, index: 121, analyse: 9, check: 30 },
    tables: 12,
    rows: 345_678,
    storedBytes: 1000,
    restoredBytes: 123_456,
    evidence: {
      path: `_drills/shop/shop-monthly/${runId}/`,
      digest: `sha256:${'1'.repeat(64)}`,
      signed: true,
    },
    ...parts,
  };
}

export function drillReport(runId: string, parts: Partial<DrillFacts> = {}): string {
  return JSON.stringify({ version: 1, kind: 'drill', drill: drillFacts(runId, parts) });
}

/** The store's answer about a drill; without `drill` it holds no evidence of it. */
export function drillAnswer(drill?: DrillFacts): string {
  return JSON.stringify({ version: 1, kind: 'inspect-drill', ...(drill && { drill }) });
}
