import { counted, grouped } from '../amounts.ts';
import type { EvidenceCheck } from '../evidence.ts';
import { shortened } from './amounts.ts';
import type { Html } from './html.ts';
import { html, nameHtml } from './html.ts';
import { icon } from './icons.ts';
import { checkWords } from './words.ts';

const shown = 200;

/** Every check that was made, those that did not pass first. */
export function checksTable(checks: readonly EvidenceCheck[]): Html {
  const made = checks.filter(({ outcome }) => outcome !== 'NotChecked');
  if (made.length === 0) return html`<p>No check was made.</p>`;
  const sorted = [
    ...made.filter(({ outcome }) => outcome !== 'Passed'),
    ...made.filter(({ outcome }) => outcome === 'Passed'),
  ];
  return html`<table class="stack checks">
      <thead>
        <tr>
          <th scope="col">Outcome</th>
          <th scope="col">Check</th>
          <th scope="col" class="n">Looked at</th>
        </tr>
      </thead>
      <tbody>
        ${sorted.slice(0, shown).map(checkRow)}
      </tbody>
    </table>
    ${restInDocument(sorted.length - shown, 'p')}`;
}

function checkRow(check: EvidenceCheck): Html {
  const { id, outcome, count, detail } = check;
  return html`<tr class="${outcome.toLowerCase()}">
    <td class="outcome">${icon(outcome)} ${outcome}</td>
    <td>
      ${checkTitle(check)}
      <small><code>${id}</code> ${checkWords[id].asks}</small>
      <div class="words">${shortened(detail)}</div>
    </td>
    <td class="n" data-label="Looked at: ">${count === undefined ? undefined : grouped(count)}</td>
  </tr>`;
}

/** What is checked, of which assertion, in which database. */
export function checkTitle({ id, name, database }: EvidenceCheck): Html {
  const parts = [name, database].filter((part) => part !== undefined);
  return html`<strong>${checkWords[id].title}</strong>${parts.map((part) => html` · ${nameHtml(part)}`)}`;
}

/** Says how many more there are than the page shows; nothing where it shows all. */
export function restInDocument(more: number, element: 'p' | 'li'): Html | undefined {
  if (more <= 0) return undefined;
  const words = html`And ${counted(more, 'more', 'more')} in <code>evidence.json</code>.`;
  return element === 'p' ? html`<p class="muted">${words}</p>` : html`<li>${words}</li>`;
}
