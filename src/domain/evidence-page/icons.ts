import { assertNever } from '../../base/assert-never.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';

export type IconName =
  | 'Passed'
  | 'Failed'
  | 'Inconclusive'
  | 'Undecided'
  | 'NotChecked'
  | 'Caught'
  | 'NotCaught'
  | 'NotApplicable';

/** A sign beside a word that says the same; drawn, so that no font is needed. */
export function icon(name: IconName): Html {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">${shape(name)}</svg>`;
}

function shape(name: IconName): Html {
  switch (name) {
    case 'Passed':
    case 'Caught':
      return html`<path d="M2.5 8.5 6.5 12.5 13.5 4" />`;
    case 'Failed':
    case 'NotCaught':
      return html`<path d="M3.5 3.5 12.5 12.5M12.5 3.5 3.5 12.5" />`;
    case 'Inconclusive':
    case 'Undecided':
      return html`<path d="M5 5.6C5 2.2 11 2.2 11 5.6 11 7.8 8 7.8 8 10M8 12.6V13.4" />`;
    case 'NotChecked':
    case 'NotApplicable':
      return html`<path d="M3 8H13" />`;
    default:
      return assertNever(name);
  }
}
