import type { EvidenceControl } from '../../../domain/evidence.ts';
import type { TableCount } from '../../../domain/inventory.ts';
import type { RestoredRows } from '../../../postgres/checks/compare-rows.ts';
import { compareRows } from '../../../postgres/checks/compare-rows.ts';
import { countWithoutARow } from '../../../postgres/checks/missing-row.ts';
import type { RestoredTable } from '../../../postgres/checks/rows.ts';
import { listTables } from '../../../postgres/checks/rows.ts';
import { showTable } from '../../../postgres/quote.ts';
import type { Session } from '../../../postgres/session.ts';
import type { RestoredDatabase } from '../restored.ts';

interface Candidate {
  readonly expected: TableCount;
  readonly restored: RestoredTable;
}

const candidateLimit = 10;
/** Counted again with the row gone, a larger table would take its time. */
const comfortableRows = 1_000_000;

/** Deletes a row of one table of the database and has it counted as in the drill; undefined: no table has rows. */
export async function controlDatabase(
  session: Session,
  { name, inventory }: RestoredDatabase,
): Promise<EvidenceControl | undefined> {
  const candidates = chooseTables(inventory.tables, await listTables(session));
  const refusals: string[] = [];
  for (const { expected, restored } of candidates) {
    const target = `one row of ${showTable(expected)} in database ${name}`;
    const result = await countWithoutARow(session, restored);
    if ('notDeleted' in result) {
      refusals.push(`${target}: ${result.notDeleted}`);
      continue;
    }
    const differences = (counted: RestoredRows): readonly string[] =>
      compareRows([expected], [counted], { whole: true }).differences;
    const [already] = differences(result.before);
    if (already !== undefined) {
      refusals.push(`${target}: ${already} before`);
      continue;
    }
    const [difference] = differences(result.after);
    return difference === undefined
      ? { damage: 'MissingRow', target, outcome: 'NotCaught', detail: 'the counts were taken for equal' }
      : { damage: 'MissingRow', target, outcome: 'Caught', detail: difference };
  }
  const [refusal] = refusals;
  if (refusal === undefined) return undefined;
  return { damage: 'MissingRow', target: `database ${name}`, outcome: 'NotApplicable', detail: refusal };
}

/** The largest that is counted quickly comes first; tables of extensions come last. */
function chooseTables(expected: readonly TableCount[], restored: readonly RestoredTable[]): Candidate[] {
  const byName = new Map(restored.map((table) => [showTable(table), table] as const));
  return expected
    .flatMap((table) => {
      const found = byName.get(showTable(table));
      return found === undefined || table.rows === 0 ? [] : [{ expected: table, restored: found }];
    })
    .toSorted((a, b) => effort(a) - effort(b))
    .slice(0, candidateLimit);
}

function effort({ expected: { rows }, restored }: Candidate): number {
  const size = rows <= comfortableRows ? comfortableRows - rows : rows;
  return restored.ofExtension ? size + Number.MAX_SAFE_INTEGER / 2 : size;
}
