import { counted } from '../../../domain/amounts.ts';
import { runAmcheck } from '../../../postgres/checks/amcheck.ts';
import type { Checked } from './checked.ts';
import { failedWith, none } from './checked.ts';
import type { DatabaseScope } from './scope.ts';

export async function checkAmcheck({ run, crew }: DatabaseScope): Promise<Checked> {
  const depth = run.spec.checks.indexes === 'Full' ? 'Full' : 'Structure';
  const result = await runAmcheck(crew, depth);
  if (result === undefined)
    return {
      outcome: 'Undecided',
      detail:
        'the image of the server lacks the extension amcheck: set server.image to one that has it, or checks.indexes to None',
    };
  const { indexes, tables, damages, unchecked } = result;
  const count = indexes + tables;
  if (damages.length > 0) return failedWith(damages, count);
  if (unchecked.length > 0) return { ...failedWith(unchecked, count), outcome: 'Undecided' };
  if (count === 0) return none('B-tree indexes or tables');
  const what = depth === 'Full' ? 'every row of their tables is in them' : 'their structure is sound';
  const ofTables = tables === 0 ? '' : `; the pages of ${counted(tables, 'table')} are sound`;
  return {
    outcome: 'Passed',
    count,
    detail: `${counted(indexes, 'B-tree index', 'B-tree indexes')}: ${what}${ofTables}`,
  };
}
