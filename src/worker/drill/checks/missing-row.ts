import type { EvidenceControl } from '../../../domain/evidence.ts';
import type { TableCount } from '../../../domain/inventory.ts';
import { compareRows } from '../../../postgres/checks/compare-rows.ts';
import type { MissingRow } from '../../../postgres/checks/missing-row.ts';
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

/** Counted again with the row gone, a larger table would take its time. */
const comfortableRows = 1_000_000;

/** What came of a database: a control, or why no row of it could be deleted; undefined: no table has a row. */
type ControlMade = EvidenceControl | { readonly notDeleted: string } | undefined;

/** Deletes a row of one table of the database, and has it counted and compared as in the drill. */
export async function controlDatabase(
  session: Session,
  { name, inventory }: RestoredDatabase,
): Promise<ControlMade> {
  let refusal: string | undefined;
  for (const { expected, restored } of chooseTables(inventory.tables, await listTables(session))) {
    const result = await countWithoutARow(session, restored);
    if (result.kind === 'Deleted') return judge(name, expected, result);
    if (result.kind === 'Refused')
      refusal ??= `of ${showTable(expected)} in database ${name}: ${result.words}`;
  }
  return refusal === undefined ? undefined : { notDeleted: refusal };
}

/** A table that was not as in the backup before has its check failed already: here only the row counts. */
function judge(
  database: string,
  { schema, name }: TableCount,
  { before, after }: Extract<MissingRow, { kind: 'Deleted' }>,
): EvidenceControl {
  const control = {
    damage: 'MissingRow',
    target: `one row of ${showTable({ schema, name })} in database ${database}`,
  } as const;
  const [difference] = compareRows([{ schema, name, rows: before }], [after], { whole: true }).differences;
  return difference === undefined
    ? { ...control, outcome: 'NotCaught', detail: 'the counts were taken for equal' }
    : { ...control, outcome: 'Caught', detail: difference };
}

/** The largest that is counted quickly comes first; tables of extensions come last. */
function chooseTables(expected: readonly TableCount[], restored: readonly RestoredTable[]): Candidate[] {
  const byName = new Map(restored.map((table) => [showTable(table), table] as const));
  return expected
    .flatMap((table) => {
      const found = byName.get(showTable(table));
      return found === undefined || table.rows === 0 ? [] : [{ expected: table, restored: found }];
    })
    .toSorted((a, b) => effort(a) - effort(b));
}

function effort({ expected: { rows }, restored }: Candidate): number {
  const size = rows <= comfortableRows ? comfortableRows - rows : rows;
  return restored.ofExtension ? size + Number.MAX_SAFE_INTEGER / 2 : size;
}
