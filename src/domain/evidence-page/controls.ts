import type { EvidenceControl } from '../evidence.ts';
import { shortened } from './amounts.ts';
import { restInDocument } from './checks.ts';
import type { Html } from './html.ts';
import { html, nameHtml } from './html.ts';
import { icon } from './icons.ts';

const shown = 50;

const damages: Readonly<Record<EvidenceControl['damage'], string>> = {
  FlippedBit: 'One bit of a stored object changed, in a copy',
  MissingRow: 'One row of a restored table removed',
};

const outcomes: Readonly<Record<EvidenceControl['outcome'], string>> = {
  Caught: 'Caught',
  NotCaught: 'Not caught',
  NotApplicable: 'Not tried',
};

/** The damage that was made on purpose; nothing where the control is switched off. */
export function controlsTable(controls: readonly EvidenceControl[]): Html | undefined {
  if (controls.length === 0) return undefined;
  return html`<p>
      A test that cannot fail proves nothing. So damage is made on purpose, apart from the real pass, and the
      same checks have to find it.
    </p>
    <table class="stack checks">
      <thead>
        <tr>
          <th scope="col">Outcome</th>
          <th scope="col">Damage</th>
        </tr>
      </thead>
      <tbody>
        ${controls.slice(0, shown).map(controlRow)}
      </tbody>
    </table>
    ${restInDocument(controls.length - shown, 'p')}`;
}

function controlRow({ damage, target, outcome, detail }: EvidenceControl): Html {
  return html`<tr class="${outcome.toLowerCase()}">
    <td class="outcome">${icon(outcome)} ${outcomes[outcome]}</td>
    <td>
      <strong>${damages[damage]}</strong> · ${nameHtml(target)}
      <div class="words">${shortened(detail)}</div>
    </td>
  </tr>`;
}
