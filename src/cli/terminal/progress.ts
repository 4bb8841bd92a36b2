import type { Clock } from '../../base/clock.ts';
import type { Scrubber } from '../../base/redact.ts';
import { formatBytes } from '../../domain/amounts.ts';
import type { Meter, MeterReading } from '../../stream/meter.ts';
import { createMeter } from '../../stream/meter.ts';
import type { Output } from '../surroundings.ts';
import { bar, formatDuration } from './bar.ts';
import { printable } from './printable.ts';
import { watchedMeter } from './watched-meter.ts';

export interface ProgressOptions {
  readonly output: Output;
  readonly clock: Clock;
  readonly scrubber: Scrubber;
  /** A line that is written again and again; else a line for each step, and one now and then in a long step. */
  readonly live: boolean;
  /** Of all steps together, where that is known: with it a live line shows a bar. */
  readonly totalBytes?: number;
}

/** What a person sees of a long work while it goes on. */
export interface Progress {
  readonly meter: Meter;
  /** A line that stays. */
  say(line: string): void;
  /** The last step is over, and with it the live line. */
  finish(): void;
}

const liveMilliseconds = 200;
const plainMilliseconds = 10_000;
const clearLine = '\r\u001b[2K';

/** Whether to write a live line: on a terminal, and not in a CI system. */
export function isLive(output: Output, environment: Readonly<Record<string, string | undefined>>): boolean {
  const { CI, TERM } = environment;
  const inCi = CI !== undefined && CI !== '' && CI !== 'false';
  return output.isTTY === true && !inCi && TERM !== 'dumb';
}

export function startProgress(options: ProgressOptions): Progress {
  const { output, clock, scrubber, live } = options;
  let before = 0;
  const put = (text: string): void => void output.write(scrubber.scrub(text));
  const say = (line: string): void => put(`${live ? clearLine : ''}${printable(line)}\n`);
  const onStepEnd = (ended: MeterReading): void => {
    before += ended.bytes;
    say(stepLine(ended, clock.monotonic()));
  };
  const meter = watchedMeter(
    createMeter(() => clock.monotonic()),
    onStepEnd,
  );
  const draw = (): void => {
    const line = printable(liveLine(meter.read(), clock.monotonic(), { before, total: options.totalBytes }));
    put(live ? `${clearLine}${line.slice(0, Math.max(20, (output.columns || 80) - 1))}` : `${line}\n`);
  };
  const timer = setInterval(draw, live ? liveMilliseconds : plainMilliseconds);
  timer.unref();
  return {
    meter,
    say,
    finish() {
      clearInterval(timer);
      meter.end();
    },
  };
}

function stepLine({ step, bytes, stepStart }: MeterReading, now: number): string {
  const took = formatDuration(now - stepStart);
  return bytes === 0 ? `  ${step}: ${took}` : `  ${step}: ${formatBytes(bytes)} in ${took}`;
}

function liveLine(
  { step, bytes, stepStart }: MeterReading,
  now: number,
  { before, total }: { readonly before: number; readonly total: number | undefined },
): string {
  const milliseconds = Math.max(1, now - stepStart);
  const moved =
    bytes === 0 ? '' : `  ${formatBytes(bytes)}  ${formatBytes(Math.round((bytes / milliseconds) * 1000))}/s`;
  const share = total === undefined || total === 0 ? '' : `${bar((before + bytes) / total)} `;
  return `  ${share}${step}${moved}  ${formatDuration(milliseconds)}`;
}
