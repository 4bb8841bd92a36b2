import type { Html } from './html.ts';
import { html } from './html.ts';

/** What must not look like the rest without colour is hatched. */
export function hatching(id: string): Html {
  return html`<defs
    ><pattern id="${id}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"
      ><line class="hatch" x1="0" y1="0" x2="0" y2="6" /></pattern
  ></defs>`;
}

/** `share` of the whole: `12.5%`. */
export function percent(share: number): string {
  return `${String(Math.round(share * 10_000) / 100)}%`;
}
