import { expect, it } from 'vitest';
import { drillEnd } from '../../../test/builders/drill-end.ts';
import { evidence } from '../../../test/builders/evidence.ts';
import { drillSuite } from './drill-suite.ts';

const objectives = { recoveryTimeSeconds: 5, recoveryPointSeconds: 90_000 };

it('tells of promises: one that is met passes, one that is missed is skipped with the word, and fails nothing', () => {
  const { cases } = drillSuite(drillEnd(evidence({ objectives })));

  expect(cases.filter(({ name }) => name.startsWith('Objective'))).toEqual([
    { name: 'Objective recoveryTimeSeconds', outcome: 'Skipped', detail: 'MISSED: 7.2 s, promised 5.0 s' },
    { name: 'Objective recoveryPointSeconds', outcome: 'Passed', detail: 'met: 5 h 43 min, promised 25 h' },
  ]);
});
