import type { EvidenceCheck, EvidenceControl } from '../../domain/evidence.ts';
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
  const cases = [...checks.map(checkCase), ...controls.map(controlCase)];
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
