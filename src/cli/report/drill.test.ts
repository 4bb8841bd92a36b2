import { expect, it } from 'vitest';
import { drillEnd } from '../../../test/builders/drill-end.ts';
import { evidence } from '../../../test/builders/evidence.ts';
import { failedSample } from '../../../test/builders/evidence-samples.ts';
import { drillText } from './drill.ts';

it('calls a promise met only of a drill that passed', () => {
  const passed = drillText(drillEnd(evidence()), undefined);
  const failed = drillText(
    drillEnd({ ...failedSample(), objectives: { recoveryTimeSeconds: 600 } }),
    undefined,
  );

  expect(passed).toContain('  recovery takes 7.2 s (promised 1 h: met); data is 5 h 43 min old');
  expect(failed).toContain('  restore and checks took 6 min 53 s (promised 10 min: not proven);');
  expect(drillText(drillEnd(failedSample()), undefined)).toContain('(promised 5 min: MISSED)');
});

it('says that a run was restored only where a database was loaded', () => {
  const blind = evidence({ verdict: 'Inconclusive', reason: 'IdentityInvalid', phases: [] });

  expect(drillText(drillEnd(evidence()), undefined)).toContain('stored, restored into PostgreSQL 16.9');
  expect(drillText(drillEnd(blind), undefined)).not.toContain('restored into');
});

it('gives the reason of a drill that did not pass, and what to do about it', () => {
  const blind = evidence({ verdict: 'Inconclusive', reason: 'IdentityInvalid', summary: 'opens nothing' });

  expect(drillText(drillEnd(blind), undefined)).toMatch(
    /INCONCLUSIVE\n {2}IdentityInvalid: opens nothing\n {2}what to do: \S/,
  );
  expect(drillText(drillEnd(failedSample()), undefined)).toMatch(
    /FAILED\n {2}Rows: .*\n {2}what to do: Do not rely/,
  );
  expect(drillText(drillEnd(evidence()), undefined)).not.toContain('what to do');
});
