import { counted } from '../amounts.ts';
import type { Evidence, EvidenceCheck } from '../evidence.ts';
import { shortened } from './amounts.ts';
import { checkTitle } from './checks.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { checkWords, isCheckId, reasonWords } from './words.ts';

/** What the drill came to: of one that did not pass, what failed first and what to do. */
export function found(evidence: Evidence): Html {
  const { verdict, reason, summary, checks } = evidence;
  const summaryHtml = html`<p class="words">${shortened(summary)}</p>`;
  if (verdict === 'Passed') return summaryHtml;
  const outcome = verdict === 'Failed' ? 'Failed' : 'Undecided';
  const bad = checks.filter((check) => check.outcome === outcome);
  const first = isCheckId(reason) ? (bad.find(({ id }) => id === reason) ?? bad[0]) : undefined;
  if (first !== undefined) return badCheck(first, bad.length - 1);
  const words = reasonWords(reason);
  return html`${summaryHtml}
    <dl>
      <dt>Why</dt>
      <dd>
        <code>${reason}</code>
        ${words === undefined ? undefined : html`<div>${words.meaning}</div>`}
      </dd>
      ${words === undefined ? undefined : remedyHtml(words.remedy)}
    </dl>`;
}

function badCheck(check: EvidenceCheck, others: number): Html {
  const failed = check.outcome === 'Failed';
  const more = `${counted(others, 'more check')} ${failed ? 'failed' : 'could not be decided'}, see below.`;
  return html`<dl>
    <dt>${failed ? 'Failed first' : 'Could not be decided'}</dt>
    <dd>
      ${checkTitle(check)}
      <div class="words">${shortened(check.detail)}</div>
      ${others === 0 ? undefined : html`<div>${more}</div>`}
    </dd>
    ${remedyHtml(checkWords[check.id].remedy)}
  </dl>`;
}

function remedyHtml(remedy: string): Html {
  return html`<dt>What to do</dt>
    <dd>${remedy}</dd>`;
}
