import { describe, expect, it } from 'vitest';
import { latestSlot, nextSlot, scheduleFault, slotCountLimit, slotsBetween } from './schedule.ts';

const now = new Date('2026-11-20T00:00:00Z');
const iso = (time: Date | undefined): string | undefined => time?.toISOString();

/** Every slot of a span, by walking from one to the next. */
function walk(expression: string, timeZone: string, from: string, until: string): string[] {
  const slots: string[] = [];
  let slot = nextSlot({ expression, timeZone }, new Date(from));
  while (slot !== undefined && slot <= new Date(until)) {
    slots.push(slot.toISOString());
    slot = nextSlot({ expression, timeZone }, slot);
  }
  return slots;
}

/** What the clocks on the wall of a zone show, as `YYYY-MM-DD HH:MM`. */
function wallTime(time: string, timeZone: string): string {
  return new Date(time)
    .toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
    .replace(',', '');
}

describe('a fixed time of day', () => {
  it.each([
    { timeZone: 'Europe/Berlin', expression: '30 2 * * *' },
    { timeZone: 'Europe/Berlin', expression: '0 2 * * *' },
    { timeZone: 'Europe/Berlin', expression: '59 2 * * *' },
    { timeZone: 'Australia/Lord_Howe', expression: '15 2 * * *' },
    { timeZone: 'Australia/Lord_Howe', expression: '45 1 * * *' },
    { timeZone: 'America/Sao_Paulo', expression: '30 0 * * *' },
  ])('comes once on every day of a year: $expression in $timeZone', ({ timeZone, expression }) => {
    const slots = walk(expression, timeZone, '2025-12-31T12:00:00Z', '2026-12-31T12:00:00Z');
    const days = slots.map((slot) => wallTime(slot, timeZone).slice(0, 10));
    expect(slots).toHaveLength(365);
    expect(new Set(days).size).toBe(365);
  });

  it.each([
    // Clocks go from 02:00 to 03:00: the first moment after the gap.
    {
      what: 'in the gap in Berlin',
      expression: '30 2 * * *',
      timeZone: 'Europe/Berlin',
      after: '2026-03-28T12:00:00Z',
      slot: '2026-03-29T01:00:00.000Z',
      wall: '2026-03-29 03:00',
    },
    // Clocks go from 03:00 back to 02:00: the first 02:30, in summer time.
    {
      what: 'in the overlap in Berlin',
      expression: '30 2 * * *',
      timeZone: 'Europe/Berlin',
      after: '2026-10-24T12:00:00Z',
      slot: '2026-10-25T00:30:00.000Z',
      wall: '2026-10-25 02:30',
    },
    {
      what: 'in the half hour that Lord Howe leaves out',
      expression: '15 2 * * *',
      timeZone: 'Australia/Lord_Howe',
      after: '2026-10-03T12:00:00Z',
      slot: '2026-10-03T15:30:00.000Z',
      wall: '2026-10-04 02:30',
    },
    {
      what: 'in the half hour that Lord Howe has twice',
      expression: '45 1 * * *',
      timeZone: 'Australia/Lord_Howe',
      after: '2026-04-04T12:00:00Z',
      slot: '2026-04-04T14:45:00.000Z',
      wall: '2026-04-05 01:45',
    },
  ])('$what comes at its first valid moment', ({ expression, timeZone, after, slot, wall }) => {
    const schedule = { expression, timeZone };
    const next = nextSlot(schedule, new Date(after));
    expect(iso(next)).toBe(slot);
    expect(wallTime(slot, timeZone)).toBe(wall);
    expect(nextSlot(schedule, new Date(slot))!.getTime() - Date.parse(slot)).toBeGreaterThan(20 * 3_600_000);
    expect(iso(latestSlot(schedule, new Date(slot)))).toBe(slot);
  });
});

describe('an interval', () => {
  it.each([
    { day: 'of the gap', from: '2026-03-28T22:59:00Z', until: '2026-03-29T21:59:00Z', count: 23 },
    { day: 'of the overlap', from: '2026-10-24T21:59:00Z', until: '2026-10-25T22:59:00Z', count: 25 },
  ])('of an hour comes every real hour on the day $day', ({ from, until, count }) => {
    const slots = walk('0 * * * *', 'Europe/Berlin', from, until);
    expect(slots).toHaveLength(count);
    const gaps = slots.slice(1).map((slot, i) => Date.parse(slot) - Date.parse(slots[i]!));
    expect(new Set(gaps)).toEqual(new Set([3_600_000]));
  });
});

describe('looking back', () => {
  it.each([
    ['Europe/Berlin', '30 2 * * *'],
    ['Europe/Berlin', '*/20 1-3 * * *'],
    ['Australia/Lord_Howe', '*/15 1-2 * * *'],
    ['Etc/UTC', '@weekly'],
  ])('finds the same slots as looking forward, over a year: %s %s', (timeZone, expression) => {
    const schedule = { expression, timeZone };
    const slots = walk(expression, timeZone, '2025-12-31T12:00:00Z', '2026-12-31T12:00:00Z');
    const backwards = slots.filter((slot) => iso(latestSlot(schedule, new Date(slot))) !== slot);
    expect(backwards).toEqual([]);
    expect(slotsBetween(schedule, new Date('2025-12-31T12:00:00Z'), new Date(slots.at(-1)!))).toMatchObject({
      earlier: Math.min(slots.length - 1, slotCountLimit),
      latest: new Date(slots.at(-1)!),
    });
  });

  it('counts slots after the start, up to and with the end', () => {
    const schedule = { expression: '0 * * * *', timeZone: 'Etc/UTC' };
    const at = (time: string): Date => new Date(`2026-11-20T${time}Z`);
    expect(slotsBetween(schedule, at('01:00:00'), at('01:59:59'))).toBeUndefined();
    expect(slotsBetween(schedule, at('00:59:59'), at('01:00:00'))).toEqual({
      latest: at('01:00:00'),
      earlier: 0,
    });
    expect(slotsBetween(schedule, at('01:00:00'), at('04:00:00'))).toEqual({
      latest: at('04:00:00'),
      previous: at('03:00:00'),
      earlier: 2,
    });
  });

  it('stops counting at a limit, and still knows the latest', () => {
    const schedule = { expression: '* * * * *', timeZone: 'Etc/UTC' };
    const span = slotsBetween(schedule, new Date('2016-01-01T00:00:00Z'), now);
    expect(span).toEqual({
      latest: now,
      previous: new Date('2026-11-19T23:59:00Z'),
      earlier: slotCountLimit,
    });
  });
});

describe('what cannot be a schedule', () => {
  it.each([
    ['0 0 31 2 *', 'no such date exists'],
    ['* * * * * *', '5 parts'],
    ['@reboot', 'not one of'],
    ['@every 5m', 'not one of'],
    ['TZ=UTC * * * * *', '5 parts'],
    ['61 * * * *', '61'],
    ['', ''],
  ])('%j is refused', (expression, words) => {
    expect(scheduleFault({ expression, timeZone: 'Etc/UTC' }, now)).toContain(words);
  });

  it('an unknown zone is refused', () => {
    expect(scheduleFault({ expression: '@daily', timeZone: 'Mars/Base' }, now)).toContain('Mars/Base');
  });

  it.each(['17 2 * * *', '@hourly', '0 0 29 2 *', '*/5 8-18 * * 1-5'])('%j is taken', (expression) => {
    expect(scheduleFault({ expression, timeZone: 'Europe/Berlin' }, now)).toBeUndefined();
  });
});
