import { counted } from '../amounts.ts';
import type { EvidenceFinding } from '../evidence.ts';
import { shortened } from './amounts.ts';
import { restInDocument } from './checks.ts';
import type { Html } from './html.ts';
import { html, joined, nameHtml } from './html.ts';

const shown = 60;

const titles: Readonly<Record<EvidenceFinding['finding'], string>> = {
  RequiredMissing: 'A required index is missing',
  Invalid: 'Invalid index',
  ForeignKeyUnindexed: 'Foreign key without an index',
  Duplicate: 'Duplicate index',
  Redundant: 'Redundant index',
  Unused: 'Unused index',
  Bloated: 'Bloated index',
};

/** What the index audit found, with SQL for the live server; nothing where it found nothing. */
export function findingsList(findings: readonly EvidenceFinding[]): Html | undefined {
  if (findings.length === 0) return undefined;
  const sorted = [
    ...findings.filter(({ failsDrill }) => failsDrill),
    ...findings.filter(({ failsDrill }) => !failsDrill),
  ];
  return html`<p>
      ${counted(findings.length, 'finding')}. The SQL is for the live server, where the drill has changed
      nothing.
    </p>
    <ol class="findings">
      ${sorted.slice(0, shown).map(findingItem)}
    </ol>
    ${restInDocument(findings.length - shown, 'p')}`;
}

function findingItem({ finding, database, table, index, reason, sql, failsDrill }: EvidenceFinding): Html {
  const where = [database, table, index].filter((name) => name !== undefined).map(nameHtml);
  return html`<li>
    <strong>${titles[finding]}</strong>${failsDrill ? failing : undefined}
    <div class="muted">${joined(where, html` · `)}</div>
    <div class="words">${shortened(reason)}</div>
    <pre>${sql}</pre>
  </li>`;
}

const failing = html` · <strong class="bad">fails the drill</strong>`;
