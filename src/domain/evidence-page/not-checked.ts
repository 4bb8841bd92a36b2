import type { Evidence, EvidenceCheck } from '../evidence.ts';
import { CheckId } from '../evidence.ts';
import { shortened } from './amounts.ts';
import { checkTitle, restInDocument } from './checks.ts';
import type { Html } from './html.ts';
import { html, joined } from './html.ts';
import { checkWords } from './words.ts';

const shown = 40;

/** What this evidence does not speak of, with the reasons that the drill gave. */
export function notCheckedList({ checks, backup, controls, verdict }: Evidence): Html {
  const skipped = checks.filter(({ outcome }) => outcome === 'NotChecked');
  const byReason = [...Map.groupBy(skipped, ({ detail }) => detail.trim())];
  const silent = CheckId.options.filter((id) => checks.every((check) => check.id !== id));
  return html`<ul class="plain">
    ${byReason.slice(0, shown).map(([reason, group]) => skippedItem(reason, group))}
    ${restInDocument(byReason.length - shown, 'li')} ${noResult(silent, verdict)}
    ${controls.length === 0 ? noControl : undefined} ${backup?.filtered === true ? filtered : undefined}
    ${backup?.content === 'SchemaOnly' ? definitionsOnly : undefined} ${liveDatabase}
  </ul>`;
}

function skippedItem(reason: string, checks: readonly EvidenceCheck[]): Html {
  const titles = checks.slice(0, shown).map(checkTitle);
  return html`<li>${joined(titles, html`, `)}: <span class="words">${shortened(reason)}</span></li>`;
}

function noResult(ids: readonly CheckId[], verdict: Evidence['verdict']): Html | undefined {
  if (ids.length === 0) return undefined;
  const titles = ids.map((id) => html`<strong>${checkWords[id].title}</strong>`);
  const why = verdict === 'Passed' ? 'the drill has no result.' : 'the drill ended without a result.';
  return html`<li>${joined(titles, html`, `)}: ${why}</li>`;
}

const noControl = html`<li>
  <strong>Negative control</strong>: none was made, so this drill does not prove that it would have found
  damage.
</li>`;

const filtered = html`<li>
  <strong>What the backup leaves out</strong>: its filters keep a part of the database out of the run, and the
  drill cannot see it.
</li>`;

const definitionsOnly = html`<li>
  <strong>Data</strong>: the run holds definitions only, no data, so that no row can come back from it.
</li>`;

const liveDatabase = html`<li>
  <strong>The live database</strong>: the drill compares with what the backup recorded in its own snapshot. It
  cannot tell whether the data was right at that time, nor what was written later.
</li>`;
