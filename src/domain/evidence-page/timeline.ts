import type { Evidence, EvidencePhase } from '../evidence.ts';
import { duration } from './amounts.ts';
import type { Html } from './html.ts';
import { hatching, percent } from './drawing.ts';
import { html } from './html.ts';

const rowHeight = 36;
const axisHeight = 22;
/** Of the whole time: what is nearer cannot be told apart. */
const nearness = 0.004;

const titles: Readonly<Record<EvidencePhase['name'], string>> = {
  Fetch: 'Fetch from the store',
  Decrypt: 'Decrypt',
  Load: 'Load schema and data',
  Index: 'Build indexes and constraints',
  Analyse: 'Gather statistics',
  Check: 'Check',
  Control: 'Negative control',
};

interface Row {
  readonly name: EvidencePhase['name'];
  readonly seconds: number;
  /** When it was at work: once for each database, for some. */
  readonly spans: readonly Span[];
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * The phases over time, a row each. Places across are per cent and places down are pixels, so that the drawing is as
 * wide as the page while its words keep their size.
 */
export function timeline({ phases, startTime }: Evidence): Html | undefined {
  const end = Math.max(0, ...phases.map(({ startSeconds, seconds }) => startSeconds + seconds));
  if (phases.length === 0 || end === 0) return undefined;
  const rows = rowsOf(phases, end * nearness);
  const first = Math.min(...phases.map(({ startSeconds }) => startSeconds));
  const across = (seconds: number): string => percent(seconds / end);
  const height = rows.length * rowHeight;
  const words = rows.map(({ name, seconds }) => `${titles[name]} ${duration(seconds)}`).join(', ');
  return html`<figure>
    <svg class="chart" width="100%" height="${height + axisHeight}" role="img" aria-label="${words}">
      ${hatching('hatch-phase')}
      ${ticks(end).map(
        (tick) =>
          html`<line class="grid" x1="${across(tick)}" x2="${across(tick)}" y1="0" y2="${height}" />
            <text class="axis" x="${across(tick)}" y="${height + 16}" text-anchor="${anchor(tick / end)}">
              ${tick === 0 ? '0' : duration(tick).replace('.0 s', ' s')}
            </text>`,
      )}
      ${rows.map((row, index) => rowHtml(row, index * rowHeight, across))}
    </svg>
    <figcaption>
      Time since ${startTime.slice(11, 19)}
      UTC.${first > end * nearness ? ` Before the first byte was fetched, ${duration(first)} went into reading the catalogue of the repository and starting the server.` : undefined}
      The recovery time runs from the first byte fetched to the last
      check${rows.some(({ name }) => name === 'Control') ? '; the negative control (hatched) is no part of it' : undefined}.
    </figcaption>
  </figure>`;
}

/** Spans that are nearer to one another than `gap` are drawn as one: there can be thousands of databases. */
function rowsOf(phases: readonly EvidencePhase[], gap: number): readonly Row[] {
  const byName = Map.groupBy(phases, ({ name }) => name);
  return [...byName].map(([name, group]) => {
    const spans: Span[] = [];
    for (const { startSeconds, seconds } of group.toSorted((a, b) => a.startSeconds - b.startSeconds)) {
      const last = spans.at(-1);
      const to = startSeconds + seconds;
      if (last === undefined || startSeconds - last.to > gap) spans.push({ from: startSeconds, to });
      else spans[spans.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    }
    return { name, seconds: group.reduce((sum, { seconds }) => sum + seconds, 0), spans };
  });
}

function rowHtml({ name, seconds, spans }: Row, top: number, across: (seconds: number) => string): Html {
  const look = name === 'Control' ? html`class="other" fill="url(#hatch-phase)"` : html`class="bar"`;
  const bars = spans.map(
    ({ from, to }) =>
      html`<rect ${look} x="${across(from)}" y="${top + 20}" width="${across(to - from)}" height="9" />`,
  );
  return html`<text x="0" y="${top + 14}">${titles[name]}</text>
    <text class="value" x="100%" y="${top + 14}" text-anchor="end">${duration(seconds)}</text>
    ${bars}`;
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
