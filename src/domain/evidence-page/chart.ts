import { duration } from './amounts.ts';
import { hatching, percent } from './drawing.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';

export interface ChartWords {
  readonly id: string;
  readonly title: string;
  /** In seconds: drawn as a dashed line. */
  readonly promised: number | undefined;
}

export interface ChartBar {
  /** Below the bar. */
  readonly label: string;
  /** Absent: nothing was measured. */
  readonly seconds: number | undefined;
  /** Else hatched. */
  readonly solid: boolean;
}

const top = 22;
const bottom = 118;
const height = 142;
const gutter = 84;
/** Labels that are nearer than this would touch. */
const labelHeight = 15;
/** A promise that is larger than everything measured by more than this would flatten the bars: its line is left out. */
const widest = 2.5;

/**
 * Durations side by side, on a scale from 0. Places across are per cent and places down are pixels, as in the
 * timeline; the labels of the scale stand in a drawing of their own on the left. Nothing without any measurement.
 */
export function chart({ id, title, promised }: ChartWords, bars: readonly ChartBar[]): Html | undefined {
  const measured = bars.map(({ seconds }) => seconds).filter((seconds) => seconds !== undefined);
  if (measured.length === 0) return undefined;
  const largest = Math.max(...measured, 0.1);
  const drawn = promised !== undefined && promised <= largest * widest ? [promised] : [];
  const scale = Math.max(largest, ...drawn);
  const down = (seconds: number): number =>
    Math.round((bottom - (seconds / scale) * (bottom - top)) * 10) / 10;
  const labelled = apart([...drawn, largest, 0], down);
  const note = drawn.length === 0 ? ', beyond this scale' : ', dashed';
  return html`<figure>
    <h3>
      ${title} <span>${promised === undefined ? undefined : `promised ${duration(promised)}${note}`}</span>
    </h3>
    <div class="plot">
      <svg class="chart" width="${gutter}" height="${height}" aria-hidden="true">
        ${labelled.map((seconds) => scaleLabel(down(seconds), seconds))}
      </svg>
      <svg class="chart" width="100%" height="${height}" role="img" aria-label="${spoken(title, bars)}">
        ${hatching(`hatch-${id}`)}${labelled.includes(largest) ? line('grid', down(largest)) : undefined}
        ${bars.map((bar, index) => barHtml(bar, { index, count: bars.length, down, id }))}
        ${drawn.map((seconds) => line('promise', down(seconds)))}${line('base', bottom)}
      </svg>
    </div>
  </figure>`;
}

/** Those values whose labels do not touch that of one before them in the list. */
function apart(values: readonly number[], down: (seconds: number) => number): readonly number[] {
  const kept: number[] = [];
  for (const value of values)
    if (kept.every((other) => Math.abs(down(other) - down(value)) >= labelHeight)) kept.push(value);
  return kept;
}

function spoken(title: string, bars: readonly ChartBar[]): string {
  const each = bars.map(
    ({ label, seconds }) => `${label}: ${seconds === undefined ? 'none' : duration(seconds)}`,
  );
  return `${title}. ${each.join(', ')}.`;
}

function scaleLabel(y: number, seconds: number): Html {
  return html`<text class="axis" x="${gutter - 8}" y="${y + 4}" text-anchor="end">
    ${seconds === 0 ? '0' : duration(seconds)}
  </text>`;
}

function line(kind: 'grid' | 'promise' | 'base', y: number): Html {
  return html`<line class="${kind}" x1="0" x2="100%" y1="${y}" y2="${y}" />`;
}

interface Place {
  readonly index: number;
  readonly count: number;
  readonly down: (seconds: number) => number;
  readonly id: string;
}

function barHtml({ label, seconds, solid }: ChartBar, { index, count, down, id }: Place): Html {
  const width = Math.min(0.6 / count, 0.08);
  const middle = (index + 0.5) / count;
  const isLast = index === count - 1;
  const [x, anchor] = wordsPlace(index, count, width);
  const y = seconds === undefined ? bottom : Math.min(down(seconds), bottom - 1.5);
  const fill = solid ? html` class="bar"` : html` class="other" fill="url(#hatch-${id})"`;
  return html`${
    seconds === undefined
      ? html`<text class="axis" x="${percent(middle)}" y="${bottom - 5}" text-anchor="middle">–</text>`
      : html`<rect${fill}
          x="${percent(middle - width / 2)}"
          y="${y}"
          width="${percent(width)}"
          height="${Math.round((bottom - y) * 10) / 10}"
        />`
  }${
    isLast && seconds !== undefined
      ? html`<text class="value halo" x="${x}" y="${y - 6}" text-anchor="${anchor}"
          >${duration(seconds)}</text
        >`
      : undefined
  }${
    count <= 3 || index === 0 || isLast
      ? html`<text class="axis" x="${x}" y="${bottom + 17}" text-anchor="${anchor}">${label}</text>`
      : undefined
  }`;
}

/** Words below and above the first and the last bar must not stand out of the drawing. */
function wordsPlace(index: number, count: number, width: number): readonly [string, string] {
  const middle = (index + 0.5) / count;
  if (count <= 3) return [percent(middle), 'middle'];
  return index === 0 ? [percent(middle - width / 2), 'start'] : [percent(middle + width / 2), 'end'];
}
