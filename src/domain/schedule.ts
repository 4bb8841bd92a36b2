import { Cron } from 'croner';

/** A cron expression of five fields or an alias, read in a time zone of the IANA database. */
export interface Schedule {
  readonly expression: string;
  readonly timeZone: string;
}

/** Slots in a span of time. */
export interface SlotSpan {
  readonly latest: Date;
  /** Slots of the span before `latest`, counted up to `slotCountLimit`. */
  readonly earlier: number;
  /** The one just before `latest`; absent when `earlier` is 0. */
  readonly previous?: Date;
}

/** Where counting ends: a schedule of minutes after months of downtime must not hold up a pass. */
export const slotCountLimit = 1000;

const aliases = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/** Why a schedule cannot be used, as a sentence; undefined when it can. */
export function scheduleFault(schedule: Schedule, after: Date): string | undefined {
  const expression = schedule.expression.trim();
  if (expression.startsWith('@') && !aliases.includes(expression)) {
    return `schedule ${expression} is not one of ${aliases.join(', ')}`;
  }
  try {
    return nextSlot(schedule, after) === undefined
      ? `schedule ${expression} never comes due: no such date exists`
      : undefined;
  } catch (error) {
    return `schedule ${expression} in ${schedule.timeZone}: ${error instanceof Error ? error.message : 'unusable'}`;
  }
}

/**
 * The first slot later than `after`; undefined when the expression names no date that exists. A slot in the hour that
 * a clock change leaves out comes at the change; a fixed time in the hour that comes twice counts once, the first time.
 */
export function nextSlot(schedule: Schedule, after: Date): Date | undefined {
  return cron(schedule).nextRun(after) ?? undefined;
}

/** The last slot at or before `time`. */
export function latestSlot(schedule: Schedule, time: Date): Date | undefined {
  // croner looks at whole seconds and leaves out the given one.
  return cron(schedule).previousRuns(1, new Date(time.getTime() + 1000))[0];
}

/** The slots later than `after` and not later than `until`; undefined when there is none. Work is bounded. */
export function slotsBetween(schedule: Schedule, after: Date, until: Date): SlotSpan | undefined {
  const runs = cron(schedule);
  const [latest, previous] = runs.previousRuns(2, new Date(until.getTime() + 1000));
  if (!latest || latest <= after) return undefined;
  if (!previous || previous <= after) return { latest, earlier: 0 };
  return { latest, earlier: countBefore(runs, after, latest), previous };
}

/** Slots later than `after` and before `latest`, counted up to the limit. */
function countBefore(runs: Cron, after: Date, latest: Date): number {
  let count = 0;
  let slot = runs.nextRun(after);
  while (slot !== null && slot < latest && count < slotCountLimit) {
    count += 1;
    slot = runs.nextRun(slot);
  }
  return count;
}

function cron(schedule: Schedule): Cron {
  return new Cron(schedule.expression.trim(), {
    timezone: schedule.timeZone,
    paused: true,
    mode: '5-part',
  });
}
