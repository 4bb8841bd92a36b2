import { counted, formatBytes } from '../../domain/amounts.ts';
import type { BackupName } from '../../domain/layout.ts';
import { instantMilliseconds } from '../../domain/instant.ts';
import type { Report, RunFacts } from '../../task/report.ts';
import { formatDuration } from '../terminal/bar.ts';
import { remedyLine } from './drill.ts';
import type { TestSuite } from './junit.ts';

/** What a backup came to, for a person. */
export function backupText(backup: BackupName, report: Report): string {
  const title = `${backup.namespace}/${backup.name}`;
  if (report.kind === 'failed')
    return `${[`${title}: failed: ${report.reason}: ${report.message}`, ...remedyLine(report.reason)].join('\n')}\n`;
  if (report.kind !== 'backup') return '';
  const { run, stored, notes } = report;
  const took = formatDuration(durationOf(run));
  const rows = run.rows === undefined ? '' : `, ${counted(run.rows, 'row')}`;
  const held = stored?.retentionHeld;
  return [
    `${title}: run ${run.runId}`,
    `  ${formatBytes(run.storedBytes)} stored in ${took}; ${counted(run.tables, 'table')}${rows} in ${counted(run.databases, 'database')}`,
    `  verified to ${run.verifiedTo}, ${run.signed ? 'signed' : 'not signed'}${run.suspicious ? ', suspiciously smaller than before' : ''}`,
    ...notes.map((note) => `  note: ${note}`),
    ...(stored === undefined ? [] : [`  kept: ${counted(stored.runs, 'run')}, ${formatBytes(stored.bytes)}`]),
    ...(held === undefined ? [] : [`  retention held: ${held}`]),
    '',
  ].join('\n');
}

export function backupSuite({ namespace, name }: BackupName, report: Report): TestSuite {
  const suite = { name: `backup.${namespace}.${name}` };
  if (report.kind !== 'backup') {
    const detail = report.kind === 'failed' ? `${report.reason}: ${report.message}` : report.kind;
    return { ...suite, properties: {}, cases: [{ name: 'backup', outcome: 'Failed', detail }] };
  }
  const { run, notes } = report;
  return {
    ...suite,
    startTime: run.startTime,
    properties: {
      runId: run.runId,
      storedBytes: run.storedBytes,
      tables: run.tables,
      rows: run.rows,
      verifiedTo: run.verifiedTo,
    },
    cases: [
      {
        name: 'backup',
        seconds: durationOf(run) / 1000,
        outcome: 'Passed',
        detail: [`run ${run.runId}, verified to ${run.verifiedTo}`, ...notes].join('\n'),
      },
    ],
  };
}

function durationOf({ startTime, completionTime }: RunFacts): number {
  return (instantMilliseconds(completionTime) ?? 0) - (instantMilliseconds(startTime) ?? 0);
}
