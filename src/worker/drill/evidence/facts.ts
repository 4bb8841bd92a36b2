import type { DrillPhases } from '../../../api/v1alpha1/backup-drill-status.ts';
import { cut } from '../../../domain/amounts.ts';
import type { Evidence, EvidencePhase, EvidenceTable } from '../../../domain/evidence.ts';
import type { DrillFacts } from '../../../task/report.ts';

/** The report of a drill from its evidence. RTO and RPO are rounded up: never better than measured. */
export function factsOfEvidence(evidence: Evidence, stored: DrillFacts['evidence']): DrillFacts {
  const { backup, measured, runId, verdict, reason, startTime, completionTime } = evidence;
  const { path, digest, signed } = stored;
  return {
    runId,
    verdict,
    reason,
    message: messageOf(evidence),
    startTime,
    completionTime,
    ...(backup === undefined
      ? {}
      : {
          backupRunId: backup.runId,
          ...(backup.uid === undefined ? {} : { backupUid: backup.uid }),
          snapshotTime: backup.snapshotTime,
          storedBytes: backup.storedBytes,
          ...(backup.content === undefined ? {} : { content: backup.content }),
        }),
    ...wholeSeconds(measured),
    ...(measured.restoredBytes === undefined ? {} : { restoredBytes: measured.restoredBytes }),
    ...(evidence.phases.length === 0 ? {} : { phases: phasesOf(evidence.phases) }),
    ...(evidence.tables.length === 0 && !isCounted(evidence) ? {} : countsOf(evidence.tables)),
    evidence: { path, digest, signed },
  };
}

function messageOf({ summary, chain }: Evidence): string {
  const [first] = chain.faults;
  if (first === undefined) return cut(summary, 1000);
  const broken = cut(`; the evidence before does not hold: run ${first.runId}: ${first.fault}`, 300);
  return `${cut(summary, 1000 - broken.length)}${broken}`;
}

function wholeSeconds({
  recoveryTimeSeconds,
  recoveryPointSeconds,
  largestGapSeconds,
}: Evidence['measured']): Partial<DrillFacts> {
  return {
    ...(recoveryTimeSeconds === undefined ? {} : { recoveryTimeSeconds: Math.ceil(recoveryTimeSeconds) }),
    ...(recoveryPointSeconds === undefined ? {} : { recoveryPointSeconds: Math.ceil(recoveryPointSeconds) }),
    ...(largestGapSeconds === undefined ? {} : { largestGapSeconds: Math.ceil(largestGapSeconds) }),
  };
}

function phasesOf(phases: readonly EvidencePhase[]): DrillPhases {
  const seconds = (name: EvidencePhase['name']): number =>
    Math.round(phases.filter((phase) => phase.name === name).reduce((sum, phase) => sum + phase.seconds, 0));
  return {
    fetch: seconds('Fetch'),
    decrypt: seconds('Decrypt'),
    load: seconds('Load'),
    index: seconds('Index'),
    analyse: seconds('Analyse'),
    check: seconds('Check'),
  };
}

/** Whether the tables were counted, were it only to find none. A run of definitions has no rows to count. */
function isCounted({ backup, measured }: Evidence): boolean {
  return backup?.content !== 'SchemaOnly' && measured.restoredBytes !== undefined;
}

/** What lies in the restored databases. */
function countsOf(tables: readonly EvidenceTable[]): Pick<DrillFacts, 'tables' | 'rows'> {
  const restored = tables.map(({ restoredRows }) => restoredRows).filter((rows) => rows !== null);
  return { tables: restored.length, rows: restored.reduce((sum, rows) => sum + rows, 0) };
}
