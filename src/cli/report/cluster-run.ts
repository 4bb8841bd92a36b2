import type { RunEnd } from '../cluster/run.ts';
import type { Runner } from '../cluster/target.ts';
import { cliExitCodes } from '../exit-codes.ts';
import { drillExitCode } from './drill.ts';

/** What became of a run that a cluster was asked for. */
export function runEndText(target: string, end: RunEnd): string {
  switch (end.kind) {
    case 'Requested':
      return `${target}: asked for; \`kubectl get\` shows how it goes, and --wait waits for its end\n`;
    case 'TimedOut':
      return `${target}: it has not ended in the time given; it goes on\n`;
    case 'Ended':
      return `${endedLine(target, end)}${conditionLines(end.object)}`;
  }
}

function endedLine(target: string, { state }: Extract<RunEnd, { kind: 'Ended' }>): string {
  if (state.kind === 'Replaced') return `${target}: another request took the place of this one\n`;
  if (state.kind !== 'Ended') return `${target}: it ended, but status does not show its run any more\n`;
  const { record } = state;
  const word = 'verdict' in record ? record.verdict : record.outcome;
  return `${target}: ${record.runId}: ${word.toUpperCase()}: ${record.reason}: ${record.message}\n`;
}

function conditionLines({ status }: Runner): string {
  return (status?.conditions ?? [])
    .map(({ type, status: value, reason, message }) => `  ${type}=${value} ${reason}: ${message}\n`)
    .join('');
}

/** As of `pgcairn backup` and `pgcairn drill`; where nothing is known of the run, inconclusive. */
export function runExitCode(end: RunEnd): number {
  if (end.kind !== 'Ended' || end.state.kind !== 'Ended') return cliExitCodes.inconclusive;
  const { record } = end.state;
  if ('verdict' in record) return drillExitCode(record.verdict);
  return record.outcome === 'Succeeded' ? cliExitCodes.success : cliExitCodes.failed;
}
