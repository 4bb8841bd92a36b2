import { expect, it } from 'vitest';
import type { Clock } from '../../base/clock.ts';
import { createScrubber } from '../../base/redact.ts';
import { isLive, startProgress } from './progress.ts';
import { bar, formatDuration } from './bar.ts';

function makeClock(): Clock & { pass(milliseconds: number): void } {
  let at = 0;
  return {
    now: () => new Date(at),
    monotonic: () => at,
    sleep: () => Promise.resolve(),
    pass: (milliseconds) => (at += milliseconds),
  };
}

function start(live: boolean): {
  said: () => string;
  clock: ReturnType<typeof makeClock>;
  progress: ReturnType<typeof startProgress>;
} {
  let text = '';
  const clock = makeClock();
  const scrubber = createScrubber();
  scrubber.add('hunter2-secret');
  const output = { write: (part: string) => (text += part), columns: 60 };
  const progress = startProgress({ output, clock, scrubber, live });
  return { said: () => text, clock, progress };
}

it('says each step when it ends, with what it moved and how long it took', () => {
  const { said, clock, progress } = start(false);

  progress.meter.begin('preflight');
  clock.pass(400);
  progress.meter.begin('dumping shop');
  progress.meter.add(4 * 1024 * 1024);
  clock.pass(12_000);
  progress.finish();

  expect(said()).toBe('  preflight: 0.4 s\n  dumping shop: 4.0 MiB in 12 s\n');
});

it('says nothing where no step was begun', () => {
  const { said, progress } = start(false);

  progress.finish();

  expect(said()).toBe('');
});

it('takes the live line away before a line that stays, and lets no secret and no control character through', () => {
  const { said, progress } = start(true);

  progress.say('warning: hunter2-secret\u001b[2J');
  progress.finish();

  expect(said()).toBe('\r\u001b[2Kwarning: [redacted]\u{fffd}[2J\n');
});

it.each([
  ['a terminal', { isTTY: true }, {}, true],
  ['a pipe', {}, {}, false],
  ['a terminal of a CI system', { isTTY: true }, { CI: 'true' }, false],
  ['a terminal with CI=false', { isTTY: true }, { CI: 'false' }, true],
  ['a terminal that can nothing', { isTTY: true }, { TERM: 'dumb' }, false],
])('on %s the line is live: %s', (_, terminal, environment, live) => {
  expect(isLive({ write: () => undefined, ...terminal }, environment)).toBe(live);
});

it('draws bars and durations', () => {
  expect([bar(0), bar(0.5), bar(1), bar(7)]).toEqual([
    '[--------------------]   0 %',
    '[##########----------]  50 %',
    '[####################] 100 %',
    '[####################] 100 %',
  ]);
  expect([340, 9_960, 38_000, 412_000, 7_500_000].map(formatDuration)).toEqual([
    '0.3 s',
    '10.0 s',
    '38 s',
    '6m52s',
    '2h05m',
  ]);
});
