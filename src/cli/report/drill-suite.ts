import type { Evidence, EvidenceCheck, EvidenceControl } from '../../domain/evidence.ts';
import { duration } from '../../domain/evidence-page/amounts.ts';
import { judgeObjective } from '../../domain/objectives.ts';
import type { DrillEnd } from '../local/drill.ts';
import { checkName, summaryOf, verdictOf } from './drill.ts';
import type { TestCase, TestSuite } from './junit.ts';

/** A drill for CI systems: a test case for each check and each control. */
export function drillSuite(end: DrillEnd): TestSuite {
  const { drill, evidence } = end;
  const name = `drill.${drill.namespace}.${drill.name}`;
  if (evidence === undefined) {
    const cases = [{ name: 'drill', outcome: 'Error' as const, detail: summaryOf(end) }];
    return { name, properties: { verdict: verdictOf(end) }, cases };
  }
  const { checks, controls, measured, startTime, runId, backup, verdict, reason } = evidence.document;
  const cases = [
    ...checks.map(checkCase),
    ...controls.map(controlCase),
    ...objectiveCases(evidence.document),
  ];
  const told = cases.some(({ outcome }) => outcome === 'Failed' || outcome === 'Error');
  return {
    name,
    startTime,
    properties: { runId, verdict, reason, backupRunId: backup?.runId, ...measured },
    // What cut a drill short is no check; it must not look as if all went well.
    cases:
      verdict === 'Passed' || told
        ? cases
        : [
            { name: 'drill', outcome: verdict === 'Failed' ? 'Failed' : 'Error', detail: summaryOf(end) },
            ...cases,
          ],
  };
}

/**
 * A promise that is missed is no failure of the drill, and no failed test case: the exit code is 0. Its case is skipped,
 * with the words that say so.
 */
function objectiveCases({ measured, objectives, verdict }: Evidence): TestCase[] {
  const promises = [
    ['Objective recoveryTimeSeconds', measured.recoveryTimeSeconds, objectives.recoveryTimeSeconds],
    ['Objective recoveryPointSeconds', measured.recoveryPointSeconds, objectives.recoveryPointSeconds],
  ] as const;
  return promises.flatMap(([name, took, promised]): TestCase[] => {
    const result = judgeObjective({ measured: took, promised }, verdict === 'Passed');
    if (took === undefined || promised === undefined || result === undefined) return [];
    const detail = `${objectiveWords[result]}: ${duration(took)}, promised ${duration(promised)}`;
    return [{ name, outcome: result === 'Met' ? 'Passed' : 'Skipped', detail }];
  });
}

const objectiveWords = { Met: 'met', Missed: 'MISSED', NotProven: 'not proven' } as const;

function checkCase(check: EvidenceCheck): TestCase {
  const { outcome, detail, seconds } = check;
  return { name: checkName(check), outcome: caseOutcomes[outcome], detail, seconds };
}

const caseOutcomes = {
  Passed: 'Passed',
  Failed: 'Failed',
  Undecided: 'Error',
  NotChecked: 'Skipped',
} as const;

function controlCase({ damage, target, outcome, detail }: EvidenceControl): TestCase {
  return {
    name: `Control ${damage}`,
    outcome: controlOutcomes[outcome],
    detail: `${target}: ${detail}`,
  };
}

const controlOutcomes = { Caught: 'Passed', NotCaught: 'Error', NotApplicable: 'Skipped' } as const;
