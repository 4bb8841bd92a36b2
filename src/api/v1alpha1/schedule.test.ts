import { Cron } from 'croner';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Schedule } from './schedule.ts';

/** croner's own view: it can be read, and it comes once at least. */
function comes(schedule: string): boolean {
  try {
    return (
      new Cron(schedule, { mode: '5-part', paused: true, timezone: 'UTC' }).nextRun(new Date(0)) !== null
    );
  } catch {
    return false;
  }
}

function field(from: number, to: number): fc.Arbitrary<string> {
  const value = fc.integer({ min: from, max: to });
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const step = fc.integer({ min: 1, max: Math.max(2, to) });
  const item = fc.oneof(
    { arbitrary: value.map(String), weight: 4 },
    range,
    fc.tuple(range, step).map(([text, by]) => `${text}/${by}`),
    step.map((by) => `*/${by}`),
    fc.constant('*'),
  );
  return fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(','));
}

const plain = fc
  .tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7))
  .map((all) => all.join(' '));

it('a schedule that comes is taken, whatever its fields', () => {
  fc.assert(
    fc.property(plain, (schedule) => {
      fc.pre(comes(schedule));
      expect(Schedule.safeParse(schedule).error).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

it('a plain day that none of its months has is refused', () => {
  const day = fc.constantFrom('30', '31', '30,31', '30-31');
  const months = fc.subarray(['2', '4', 'JUN', '9', 'nov'], { minLength: 1 }).map((names) => names.join(','));

  fc.assert(
    fc.property(day, months, (days, inMonths) => {
      const schedule = `0 0 ${days} ${inMonths} *`;
      expect(Schedule.safeParse(schedule).success).toBe(comes(schedule));
    }),
  );
});

it('what is taken can be read by the clock that runs it', () => {
  const anything = fc.array(fc.constantFrom(...'0123456789*/,- @LW#?dailyMON'.split('')), { maxLength: 24 });
  const words = fc.oneof(
    anything.map((letters) => letters.join('')),
    plain,
  );

  fc.assert(
    fc.property(words, (schedule) => {
      fc.pre(Schedule.safeParse(schedule).success);
      expect(() => new Cron(schedule, { mode: '5-part', paused: true })).not.toThrow();
    }),
    { numRuns: 500 },
  );
});
