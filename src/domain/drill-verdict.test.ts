import { describe, expect, it } from 'vitest';
import type { DrillOutcome } from './drill-verdict.ts';
import { drillVerdict } from './drill-verdict.ts';
import type { EvidenceCheck, EvidenceControl, EvidenceTable } from './evidence.ts';
import { CheckId } from './evidence.ts';

function check(id: EvidenceCheck['id'], outcome: EvidenceCheck['outcome']): EvidenceCheck {
  return { id, outcome, detail: `about ${id}`, seconds: 0 };
}
function control(outcome: EvidenceControl['outcome']): EvidenceControl {
  return { damage: 'FlippedBit', target: 'shop.dump.age', outcome, detail: 'words' };
}
function table(restoredRows: number | null): EvidenceTable {
  return { database: 'shop', schema: 'public', name: 't', expectedRows: 0, restoredRows };
}
const failure = { reason: 'DrillServerFailed', message: 'it went away' } as const;
const good = CheckId.options.map((id) => check(id, 'Passed'));
const without = (left: EvidenceCheck['id']): EvidenceCheck[] => good.filter(({ id }) => id !== left);

describe('drillVerdict', () => {
  it('says of a run without data that it has none', () => {
    const summaryOf = (content: NonNullable<DrillOutcome['content']>): string =>
      drillVerdict({ checks: good, controls: [], content }).summary;
    expect(summaryOf('SchemaOnly')).toContain('definitions only, no data');
    expect(summaryOf('All')).not.toContain('definitions');
  });

  it.each<[string, Partial<DrillOutcome>, string]>([
    ['no table', { tables: [] }, '; the run holds no table'],
    ['no row', { tables: [table(0), table(null)] }, '; no table of the run has a row'],
    ['a row', { tables: [table(0), table(1)] }, ''],
    ['definitions alone', { tables: [], content: 'SchemaOnly' }, '; definitions only, no data'],
    ['less than before', { suspicious: true }, '; the run is suspiciously smaller than the one before it'],
    [
      'nothing now, and runs of another key',
      { tables: [], suspicious: true, passedOver: 1 },
      '; the run holds no table; the run is suspiciously smaller than the one before it; passed over: 1 earlier run .*',
    ],
  ])('says of a run that passed, and that has %s', (_, more, words) => {
    const { verdict, summary } = drillVerdict({ checks: good, controls: [], ...more });
    expect(verdict).toBe('Passed');
    expect(summary).toMatch(new RegExp(`^${String(good.length)} checks passed${words}$`));
  });

  it.each<[string, DrillOutcome, string, string]>([
    ['all passed', { checks: good, controls: [control('Caught')] }, 'Passed', 'Passed'],
    [
      'something not checked, no control to make',
      {
        checks: [...without('Amcheck'), check('Amcheck', 'NotChecked')],
        controls: [control('NotApplicable')],
      },
      'Passed',
      'Passed',
    ],
    [
      'checks failed: the first in the order of the ladder',
      { checks: [check('Write', 'Failed'), check('Rows', 'Failed')], controls: [] },
      'Failed',
      'Rows',
    ],
    [
      'a check failed before the drill was cut short',
      { checks: [check('Rows', 'Failed')], controls: [], failure },
      'Failed',
      'Rows',
    ],
    [
      'the drill was cut short',
      { checks: [check('Restore', 'Undecided')], controls: [], failure },
      'Inconclusive',
      'DrillServerFailed',
    ],
    [
      'a check was left open',
      { checks: [...good, check('Amcheck', 'Undecided')], controls: [control('NotCaught')] },
      'Inconclusive',
      'Amcheck',
    ],
    [
      'a check is in no record, not even as left out',
      { checks: without('Schema'), controls: [control('Caught')] },
      'Inconclusive',
      'Internal',
    ],
    [
      'a control was not caught',
      { checks: good, controls: [control('Caught'), control('NotCaught')] },
      'Inconclusive',
      'ControlNotCaught',
    ],
  ])('%s', (_, outcome, verdict, reason) => {
    expect(drillVerdict(outcome)).toMatchObject({ verdict, reason });
  });

  it('says what failed, where, and how much more', () => {
    const first = { ...check('Rows', 'Failed'), database: 'shop' };
    const { summary } = drillVerdict({ checks: [check('Write', 'Failed'), first], controls: [] });
    expect(summary).toBe('Rows (database shop) failed: about Rows; 1 more failed');
  });
});
