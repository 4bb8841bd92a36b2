import type { Verdict } from '../../api/v1alpha1/backup-drill-status.ts';
import { formatBytes } from '../../domain/amounts.ts';
import { duration } from '../../domain/evidence-page/amounts.ts';
import { isRestored } from '../../domain/evidence-page/restored.ts';
import { remedyOf } from '../../domain/evidence-page/words.ts';
import type { Evidence, EvidenceCheck } from '../../domain/evidence.ts';
import { judgeObjective } from '../../domain/objectives.ts';
import { cliExitCodes } from '../exit-codes.ts';
import type { DrillEnd } from '../local/drill.ts';
import { formatTable } from '../terminal/table.ts';

/** What a drill came to. One that left no evidence says nothing about the backup. */
export function verdictOf({ report }: DrillEnd): Verdict {
  return report.kind === 'drill' ? report.drill.verdict : 'Inconclusive';
}

export function drillExitCode(verdict: Verdict): number {
  switch (verdict) {
    case 'Passed':
      return cliExitCodes.success;
    case 'Failed':
      return cliExitCodes.failed;
    case 'Inconclusive':
      return cliExitCodes.inconclusive;
  }
}

/** Why, in one line: the reason that the documentation is sorted by, and what was found. */
export function summaryOf({ report }: DrillEnd): string {
  if (report.kind === 'failed') return `${report.reason}: ${report.message}`;
  if (report.kind !== 'drill') return report.kind;
  const { verdict, reason, message } = report.drill;
  return verdict === 'Passed' ? message : `${reason}: ${message}`;
}

function remedyLines({ report }: DrillEnd): string[] {
  if (report.kind === 'failed') return remedyLine(report.reason);
  return report.kind === 'drill' && report.drill.verdict !== 'Passed' ? remedyLine(report.drill.reason) : [];
}

/** What to do about the reason of a run, as lines of a text for people. */
export function remedyLine(reason: string): string[] {
  const remedy = remedyOf(reason);
  return remedy === undefined ? [] : [`  what to do: ${remedy}`];
}

/** A drill for programs. */
export function drillData(end: DrillEnd): object {
  const { drill, report, evidence } = end;
  const { namespace, name } = drill;
  return { drill: { namespace, name }, verdict: verdictOf(end), report, evidence: evidence?.document };
}

/** A drill for a person; `copiedTo`: where its evidence was laid down as well. */
export function drillText(end: DrillEnd, copiedTo: string | undefined): string {
  const { drill, evidence, report } = end;
  const lines = [
    `${drill.namespace}/${drill.name}: ${verdictOf(end).toUpperCase()}`,
    `  ${summaryOf(end)}`,
    ...remedyLines(end),
    ...(evidence === undefined ? [] : evidenceLines(evidence.document)),
  ];
  if (report.kind === 'drill' && evidence !== undefined) {
    const { path, digest, signed } = report.drill.evidence;
    lines.push(`  evidence: ${path} in ${evidence.location}, ${signed ? 'signed' : 'not signed'}, ${digest}`);
  }
  if (copiedTo !== undefined) lines.push(`  copied to ${copiedTo}`);
  return `${lines.join('\n')}\n`;
}

function evidenceLines(evidence: Evidence): string[] {
  return [
    ...sourceLines(evidence),
    ...measuredLines(evidence),
    ...checkLines(evidence),
    ...findingLines(evidence),
  ];
}

function sourceLines(evidence: Evidence): string[] {
  const { backup, server } = evidence;
  if (backup === undefined) return [];
  const into =
    server === undefined || !isRestored(evidence) ? '' : `, restored into PostgreSQL ${server.version}`;
  return [
    `  run ${backup.runId} of ${backup.namespace}/${backup.name}, data of ${backup.snapshotTime}, ${formatBytes(backup.storedBytes)} stored${into}`,
  ];
}

function measuredLines({ measured, objectives, phases, verdict }: Evidence): string[] {
  const { recoveryTimeSeconds: time, recoveryPointSeconds: point, largestGapSeconds: gap } = measured;
  const judged = (seconds: number, promised: number | undefined): string => {
    const result = judgeObjective({ measured: seconds, promised }, verdict === 'Passed');
    if (promised === undefined || result === undefined) return '';
    return ` (promised ${duration(promised)}: ${resultWords[result]})`;
  };
  const lines = [
    ...(time === undefined
      ? []
      : [
          `${verdict === 'Passed' ? 'recovery takes' : 'restore and checks took'} ${duration(time)}${judged(time, objectives.recoveryTimeSeconds)}`,
        ]),
    ...(point === undefined
      ? []
      : [`data is ${duration(point)} old${judged(point, objectives.recoveryPointSeconds)}`]),
    ...(gap === undefined ? [] : [`largest gap between kept runs ${duration(gap)}`]),
  ];
  const parts = phases.map(({ name, seconds }) => `${name} ${duration(seconds)}`);
  return [
    ...(lines.length === 0 ? [] : [`  ${lines.join('; ')}`]),
    ...(parts.length === 0 ? [] : [`  ${parts.join(', ')}`]),
  ];
}

const resultWords = { Met: 'met', Missed: 'MISSED', NotProven: 'not proven' } as const;

function checkLines({ checks, controls }: Evidence): string[] {
  const rows = [
    ...checks.map((check) => [checkName(check), outcomeWords[check.outcome], check.detail]),
    ...controls.map(({ damage, target, outcome, detail }) => [
      `Control ${damage}`,
      controlWords[outcome],
      `${target}: ${detail}`,
    ]),
  ];
  if (rows.length === 0) return [];
  return formatTable(['CHECK', 'OUTCOME', 'DETAIL'], rows)
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`);
}

const outcomeWords: Readonly<Record<EvidenceCheck['outcome'], string>> = {
  Passed: 'passed',
  Failed: 'FAILED',
  Undecided: 'UNDECIDED',
  NotChecked: 'not checked',
};
const controlWords = { Caught: 'caught', NotCaught: 'NOT CAUGHT', NotApplicable: 'not tried' } as const;

export function checkName({ id, name, database }: EvidenceCheck): string {
  return [id, name, database].filter((part) => part !== undefined).join(' ');
}

function findingLines({ findings }: Evidence): string[] {
  return findings.flatMap(({ finding, database, table, reason, sql, failsDrill }) => [
    `  ${failsDrill ? 'FAILS' : 'index'}: ${finding} in ${database}, ${table}: ${reason}`,
    ...(sql === '' ? [] : [`    ${sql}`]),
  ]);
}
