import { expect, it } from 'vitest';
import { evidence } from '../../../test/builders/evidence.ts';
import { failedSample } from '../../../test/builders/evidence-samples.ts';
import { BackupDrillSpec } from '../../api/v1alpha1/backup-drill.ts';
import type { Evidence } from '../../domain/evidence.ts';
import type { DrillEnd } from '../local/drill.ts';
import { drillText } from './drill.ts';

const digest = `sha256:${'a'.repeat(64)}`;

function endOf(document: Evidence): DrillEnd {
  const { runId, verdict, reason, summary, startTime, completionTime } = document;
  return {
    drill: {
      kind: 'BackupDrill',
      namespace: 'shop',
      name: 'shop-monthly',
      spec: BackupDrillSpec.parse({ source: { backupRef: { name: 'shop' } } }),
      where: () => 'drill.yaml',
    },
    report: {
      version: 1,
      kind: 'drill',
      drill: {
        runId,
        startTime,
        completionTime,
        verdict,
        reason,
        message: summary,
        evidence: { path: `_drills/shop/shop-monthly/${runId}/`, digest, signed: true },
      },
    },
    evidence: { document, location: 's3://acme-backups', files: new Map() },
  };
}

it('calls a promise met only of a drill that passed', () => {
  const passed = drillText(endOf(evidence()), undefined);
  const failed = drillText(endOf({ ...failedSample(), objectives: { recoveryTimeSeconds: 600 } }), undefined);

  expect(passed).toContain('  recovery takes 7.2 s (promised 1 h: met); data is 5 h 43 min old');
  expect(failed).toContain('  restore and checks took 6 min 53 s (promised 10 min: not proven);');
  expect(drillText(endOf(failedSample()), undefined)).toContain('(promised 5 min: MISSED)');
});

it('says that a run was restored only where a database was loaded', () => {
  const blind = evidence({ verdict: 'Inconclusive', reason: 'IdentityInvalid', phases: [] });

  expect(drillText(endOf(evidence()), undefined)).toContain('stored, restored into PostgreSQL 16.9');
  expect(drillText(endOf(blind), undefined)).not.toContain('restored into');
});

it('gives the reason of a drill that did not pass, and what to do about it', () => {
  const blind = evidence({ verdict: 'Inconclusive', reason: 'IdentityInvalid', summary: 'opens nothing' });

  expect(drillText(endOf(blind), undefined)).toMatch(
    /INCONCLUSIVE\n {2}IdentityInvalid: opens nothing\n {2}what to do: \S/,
  );
  expect(drillText(endOf(failedSample()), undefined)).toMatch(
    /FAILED\n {2}Rows: .*\n {2}what to do: Do not rely/,
  );
  expect(drillText(endOf(evidence()), undefined)).not.toContain('what to do');
});
