import { counted } from '../../../domain/amounts.ts';
import type { EvidenceTable } from '../../../domain/evidence.ts';
import type { TablePair } from '../../../postgres/checks/compare-rows.ts';
import { compareRows } from '../../../postgres/checks/compare-rows.ts';
import { weights } from '../../../postgres/checks/crew.ts';
import { unrefreshedViews } from '../../../postgres/checks/materialized-views.ts';
import { countTables, listTables } from '../../../postgres/checks/rows.ts';
import type { RestoredRun } from '../restored.ts';
import type { Checked } from './checked.ts';
import { failedWith, none } from './checked.ts';
import type { DatabaseScope } from './scope.ts';

export interface RowsChecked extends Checked {
  readonly tables: readonly EvidenceTable[];
}

/** Counts every table exactly, and compares with what the dump's snapshot held; and views have to be refreshed. */
export async function checkRows(scope: DatabaseScope): Promise<RowsChecked> {
  const { run, database, contents, crew } = scope;
  const restored = await countTables(crew, await crew.run(weights.catalogue, listTables));
  const { tables, differences } = compareRows(database.inventory.tables, restored, wholeness(run));
  const stale = await crew.run(weights.catalogue, (session) => unrefreshedViews(session, contents));
  const findings = [...differences, ...stale.map((view) => `materialized view ${view} was not refreshed`)];
  return {
    ...judge(run, tables, findings),
    tables: tables.map((table) => ({ database: database.name, ...table })),
  };
}

function judge(
  { manifest }: RestoredRun,
  tables: readonly TablePair[],
  findings: readonly string[],
): Checked {
  const count = tables.length;
  if (findings.length > 0) return failedWith(findings, count);
  if (manifest.content === 'SchemaOnly')
    return { outcome: 'NotChecked', count, detail: 'the run holds definitions alone, and no rows' };
  if (count === 0) return none('tables');
  const rows = tables.reduce((sum, table) => sum + (table.restoredRows ?? 0), 0);
  return {
    outcome: 'Passed',
    count,
    detail: `${counted(rows, 'row')} in ${counted(count, 'table')}, as in the backup`,
  };
}

function wholeness({ manifest }: RestoredRun): { readonly whole: boolean } {
  return { whole: manifest.content === 'All' && !manifest.filtered };
}
