import type { EvidenceTable } from '../../../domain/evidence.ts';
import { compareRows } from '../../../postgres/checks/compare-rows.ts';
import { countTables, listTables } from '../../../postgres/checks/rows.ts';
import type { Session } from '../../../postgres/session.ts';
import type { RestoredDatabase, RestoredRun } from '../restored.ts';
import type { Checked } from './checked.ts';
import { failedWith } from './checked.ts';

export interface RowsChecked extends Checked {
  readonly tables: readonly EvidenceTable[];
}

/** Counts every table exactly, and compares with what the dump's snapshot held. */
export async function checkRows(
  run: RestoredRun,
  { name, inventory }: RestoredDatabase,
  sessions: readonly [Session, ...Session[]],
): Promise<RowsChecked> {
  const restored = await countTables(sessions, await listTables(sessions[0]));
  const { tables, differences } = compareRows(inventory.tables, restored, wholeness(run));
  const rows = tables.reduce((sum, table) => sum + (table.restoredRows ?? 0), 0);
  const count = tables.length;
  const checked: Checked =
    differences.length > 0
      ? failedWith(differences, count)
      : {
          outcome: 'Passed',
          count,
          detail: `${String(rows)} rows in ${String(count)} tables, as in the backup`,
        };
  return { ...checked, tables: tables.map((table) => ({ database: name, ...table })) };
}

function wholeness({ manifest }: RestoredRun): { readonly whole: boolean } {
  return { whole: manifest.content === 'All' && !manifest.filtered };
}
