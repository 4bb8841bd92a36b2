import { duration } from '../../domain/evidence-page/amounts.ts';
import type { SuiteEnd } from '../local/suite.ts';
import { formatTable } from '../terminal/table.ts';
import { drillData, summaryOf, verdictOf } from './drill.ts';

/** The artifact that a suite leaves: every report with its evidence, one JSON document. */
export function suiteData({ startTime, completionTime, verdict, ends }: SuiteEnd, version: string): object {
  return {
    schema: 'pgcairn.dev/suite/v1',
    producer: { version },
    startTime,
    completionTime,
    verdict,
    drills: ends.map(drillData),
  };
}

export function suiteText({ verdict, ends }: SuiteEnd): string {
  const rows = ends.map((end) => {
    const { backup, measured, tables } = end.evidence?.document ?? {};
    const { recoveryTimeSeconds: time, recoveryPointSeconds: point } = measured ?? {};
    const restored = tables?.map(({ restoredRows }) => restoredRows ?? 0);
    return [
      `${end.drill.namespace}/${end.drill.name}`,
      verdictOf(end),
      backup?.runId ?? '-',
      time === undefined ? '-' : duration(time),
      point === undefined ? '-' : duration(point),
      restored === undefined ? '-' : String(restored.reduce((sum, rowCount) => sum + rowCount, 0)),
      verdictOf(end) === 'Passed' ? '' : summaryOf(end),
    ];
  });
  const head = ['DRILL', 'VERDICT', 'RUN', 'RTO', 'RPO', 'ROWS', 'WHY'];
  return `${formatTable(head, rows)}${verdict}\n`;
}
