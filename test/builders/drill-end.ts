import { BackupDrillSpec } from '../../src/api/v1alpha1/backup-drill.ts';
import type { DrillEnd } from '../../src/cli/local/drill.ts';
import type { Evidence } from '../../src/domain/evidence.ts';

const digest = `sha256:${'a'.repeat(64)}`;

/** What the command line has of a drill that left this evidence. */
export function drillEnd(document: Evidence): DrillEnd {
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
