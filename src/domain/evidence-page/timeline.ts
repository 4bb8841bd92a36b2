import type { Evidence, EvidencePhase } from '../evidence.ts';
import { duration } from './amounts.ts';
import type { Html } from './html.ts';
import { hatching, percent } from './drawing.ts';
import { html } from './html.ts';

const rowHeight = 36;
const axisHeight = 22;

const titles: Readonly<Record<EvidencePhase['name'], string>> = {
  Fetch: 'Fetch from the store',
  Decrypt: 'Decrypt',
  Load: 'Load schema and data',
  Index: 'Build indexes and constraints',
  Analyse: 'Gather statistics',
  Check: 'Check',
  Control: 'Negative control',
};

/**
 * The phases over time. Places across are per cent and places down are pixels, so that the drawing is as wide as
 * the page while its words keep their size.
 */
export function timeline({ phases, startTime }: Evidence): Html | undefined {
  const end = Math.max(0, ...phases.map(({ startSeconds, seconds }) => startSeconds + seconds));
  if (phases.length === 0 || end === 0) return undefined;
  const across = (seconds: number): string => percent(seconds / end);
  const height = phases.length * rowHeight;
  const words = phases.map(({ name, seconds }) => `${titles[name]} ${duration(seconds)}`).join(', ');
  return html`<figure>
    <svg class="chart" width="100%" height="${height + axisHeight}" role="img" aria-label="${words}">
      ${hatching('hatch-phase')}
      ${ticks(end).map(
        (tick) =>
          html`<line class="grid" x1="${across(tick)}" x2="${across(tick)}" y1="0" y2="${height}" />
            <text class="axis" x="${across(tick)}" y="${height + 16}" text-anchor="${anchor(tick / end)}"
              >${tick === 0 ? '0' : duration(tick).replace('.0 s', ' s')}</text
            >`,
      )}
      ${phases.map((phase, row) => bar(phase, row * rowHeight, across))}
    </svg>
    <figcaption>
      Time since ${startTime.slice(11, 19)} UTC.
      ${phases.some(({ name }) => name === 'Control') ? 'The negative control (hatched) is no part of the recovery time.' : undefined}
    </figcaption>
  </figure>`;
}

function bar(
  { name, startSeconds, seconds }: EvidencePhase,
  top: number,
  across: (seconds: number) => string,
): Html {
  return html`<text x="0" y="${top + 14}">${titles[name]}</text>
    <text class="value" x="100%" y="${top + 14}" text-anchor="end">${duration(seconds)}</text>
    <rect
      class="${name === 'Control' ? 'other' : 'bar'}"
      x="${across(startSeconds)}"
      y="${top + 20}"
      width="${across(seconds)}"
      height="9"
      ${name === 'Control' ? html` fill="url(#hatch-phase)"` : undefined}
    />`;
}

const steps = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200,
  86_400,
];

/** Up to six round times from 0 on, the last before `end`. */
function ticks(end: number): readonly number[] {
  const step = steps.find((one) => end / one <= 5.5) ?? end / 4;
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
}

/** Words at the edges of a drawing must not stand out of it. */
function anchor(place: number): string {
  if (place < 0.05) return 'start';
  return place > 0.93 ? 'end' : 'middle';
}
