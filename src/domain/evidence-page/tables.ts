import type { EvidenceTable } from '../evidence.ts';
import { counted, grouped } from '../amounts.ts';
import type { Html } from './html.ts';
import { html, joined, nameHtml } from './html.ts';

/** How many tables stand in the open; more of them, up to `equalShown`, fold out. */
const openShown = 30;
const equalShown = 60;
const differingShown = 120;

/**
 * Rows of the tables: every one that differs as far as there is room, then the largest. The page stays small for any
 * number of tables; the document has them all.
 */
export function tableCounts(tables: readonly EvidenceTable[]): Html | undefined {
  if (tables.length === 0) return undefined;
  const differing = tables.filter(differs);
  const equal = tables.filter((table) => !differs(table)).toSorted(bySize);
  const listed = [...differing.slice(0, differingShown), ...equal.slice(0, equalShown)];
  const open = Math.max(openShown, Math.min(differing.length, differingShown));
  const manyDatabases = new Set(tables.map(({ database }) => database)).size > 1;
  const rows = (some: readonly EvidenceTable[]): Html => rowsTable(some, manyDatabases);
  return html`<p>${totals(tables, differing.length)}</p>
    ${rows(listed.slice(0, open))}
    ${
      listed.length > open
        ? html`<details>
            <summary>${counted(listed.length - open, 'more table')}</summary>
            ${rows(listed.slice(open))}
          </details>`
        : undefined
    }
    ${tables.length > listed.length ? listedWords(tables.length, differing.length) : undefined}`;
}

function listedWords(all: number, differing: number): Html {
  return html`<p class="muted">
    Listed are ${differing > 0 ? 'tables that differ, then ' : undefined}the largest. All
    ${counted(all, 'table')} are in <code>evidence.json</code>.
  </p>`;
}

function differs({ expectedRows, restoredRows }: EvidenceTable): boolean {
  return expectedRows !== restoredRows;
}

function totals(tables: readonly EvidenceTable[], differing: number): Html {
  const present = tables.filter(({ restoredRows }) => restoredRows !== null);
  const rows = present.reduce((sum, { restoredRows }) => sum + (restoredRows ?? 0), 0);
  const restored = `${counted(present.length, 'table')} with ${counted(rows, 'row')} in the restored databases.`;
  return differing === 0
    ? html`${restored} Each has exactly as many as the snapshot had.`
    : html`${restored}
        <strong class="bad"
          >${counted(differing, 'table differs', 'tables differ')} from the snapshot.</strong
        >`;
}

function rowsTable(tables: readonly EvidenceTable[], withDatabase: boolean): Html {
  return html`<table class="counts">
    <thead>
      <tr>
        <th scope="col">Table</th>
        <th scope="col" class="n">Snapshot</th>
        <th scope="col" class="n">Restored</th>
      </tr>
    </thead>
    <tbody>
      ${tables.map((table) => tableRow(table, withDatabase))}
    </tbody>
  </table>`;
}

function tableRow(table: EvidenceTable, withDatabase: boolean): Html {
  const { database, schema, name, expectedRows, restoredRows } = table;
  return html`<tr>
    <td>
      ${withDatabase ? html`${nameHtml(database)} · ` : undefined}${nameHtml(`${schema}.${name}`)}
      ${differs(table) ? html`<small class="bad">${difference(expectedRows, restoredRows)}</small>` : undefined}
    </td>
    <td class="n">${amount(expectedRows)}</td>
    <td class="n">${amount(restoredRows)}</td>
  </tr>`;
}

function difference(expected: number | null, restored: number | null): string {
  if (restored === null) return 'The table is missing.';
  if (expected === null) return 'The snapshot has no such table.';
  const more = restored - expected;
  return more < 0 ? `${counted(-more, 'row')} missing.` : `${counted(more, 'row')} too many.`;
}

/** A number that is too wide for its column goes on in the next line after a comma only. */
function amount(rows: number | null): Html {
  if (rows === null) return html`–`;
  const parts = grouped(rows).split(',');
  return joined(
    parts.map((part) => html`${part}`),
    html`,<wbr />`,
  );
}

/** Largest first, then by name. */
function bySize(a: EvidenceTable, b: EvidenceTable): number {
  return (b.restoredRows ?? 0) - (a.restoredRows ?? 0) || (sortName(a) < sortName(b) ? -1 : 1);
}

function sortName({ database, schema, name }: EvidenceTable): string {
  return `${database}\n${schema}\n${name}`;
}
