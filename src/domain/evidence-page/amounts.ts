import { cut, formatBytes, grouped } from '../amounts.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';

/** A duration with its two largest units, rounded up from ten seconds on: `0.2 s`, `38 s`, `6 min 52 s`, `7 h 19 min`, `24 h 12 min`, `3 d 4 h`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${String(whole)} s`;
  if (whole < 3600) return pair(whole, 60, 'min', 's');
  if (whole < 172_800) return pair(Math.ceil(whole / 60), 60, 'h', 'min');
  return pair(Math.ceil(whole / 3600), 24, 'd', 'h');
}

function pair(total: number, of: number, large: string, small: string): string {
  const rest = total % of;
  const first = `${String(Math.floor(total / of))} ${large}`;
  return rest === 0 ? first : `${first} ${String(rest)} ${small}`;
}

/** Bytes for people, and exactly. */
export function bytes(count: number): string {
  return count < 1024 ? formatBytes(count) : `${formatBytes(count)} (${grouped(count)} bytes)`;
}

/** `2026-11-01 03:00:00 UTC`, with the exact time for machines. `time`: RFC 3339 in UTC. */
export function instant(time: string): Html {
  return html`<time datetime="${time}">${time.slice(0, 10)} ${time.slice(11, 19)} UTC</time>`;
}

/** A page stays readable however long a message is: the document has it whole. */
export function shortened(text: string): string {
  return cut(text.trim(), 1200);
}
