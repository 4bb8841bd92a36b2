import { z } from 'zod';
import { celPattern, withPattern, withRule } from '../rule.ts';

const aliases = '@(hourly|daily|midnight|weekly|monthly|yearly|annually)';
const anyCase = (word: string): string =>
  word.replace(/[A-Z]/g, (letter) => `[${letter}${letter.toLowerCase()}]`);
const words = (list: string): string => list.split(' ').map(anyCase).join('|');
const months = words('JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC');
const weekdays = words('SUN MON TUE WED THU FRI SAT');

/** A list of values, ranges and steps; a step needs a range or `*` before it, as cron has it. */
function field(value: string, step: string): string {
  const item = String.raw`(\*(/(${step}))?|(${value})(-(${value})(/(${step}))?)?)`;
  return `${item}(,${item})*`;
}

interface Field {
  readonly name: string;
  /** Its values, for a person. */
  readonly values: string;
  readonly pattern: string;
}

const fields: readonly Field[] = [
  { name: 'minute', values: '0–59', pattern: field('[0-5]?[0-9]', '[1-9]|[1-5][0-9]') },
  { name: 'hour', values: '0–23', pattern: field('[01]?[0-9]|2[0-3]', '[1-9]|1[0-9]|2[0-3]') },
  {
    name: 'day-of-month',
    values: '1–31',
    pattern: field('0?[1-9]|[12][0-9]|3[01]', '[1-9]|[12][0-9]|3[01]'),
  },
  { name: 'month', values: '1–12 or JAN–DEC', pattern: field(`0?[1-9]|1[0-2]|${months}`, '[1-9]|1[0-2]') },
  { name: 'day-of-week', values: '0–7 or SUN–SAT', pattern: field(`[0-7]|${weekdays}`, '[1-7]') },
];
const word = '[!-~]+';
const fivePattern = new RegExp(`^${word}( +${word}){4}$`);

const onlyDays = (days: string): string => String.raw`(${days})(-31)?(/[0-9]+)?(,(${days})(-31)?(/[0-9]+)?)*`;
const onlyMonths = (names: string): string => `(${names})(,(${names}))*`;
const shortMonths = `0?2|0?4|0?6|0?9|11|${words('FEB APR JUN SEP NOV')}`;
const never = [
  [onlyDays('30|31|30-30'), onlyMonths(`0?2|${words('FEB')}`)],
  [onlyDays('31'), onlyMonths(shortMonths)],
].map(([days, inMonths]) => `${days} +${inMonths}`);
/** A day that none of its months has; a weekday other than `*` would be an alternative to the day. */
const impossiblePattern = new RegExp(String.raw`^[^ ]+ +[^ ]+ +(${never.join('|')}) +\*$`);

const form = withPattern(
  z.string().min(1).max(100),
  new RegExp(`^(${aliases}|${word}( +${word}){4})$`),
  "must be five cron fields, 'minute hour day-of-month month day-of-week' as in '17 2 * * *', or one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually; seconds and TZ= are not known here, the zone is timeZone",
);

/** One rule for each field, so that the message names the one that is wrong. */
const inRange = fields.reduce((schema, { name, values, pattern }, at) => {
  const whole = new RegExp(`^(${word} +){${String(at)}}(${pattern})( +${word}){${String(4 - at)}}$`);
  const wanted = `must be ${values}, or lists, ranges and steps as 1,3-5,*/2`;
  return withRule(schema, {
    holds: (schedule) => !fivePattern.test(schedule) || whole.test(schedule),
    cel: `!self.matches(${celPattern(fivePattern)}) || self.matches(${celPattern(whole)})`,
    message: `${name} ${wanted}`,
    says: {
      text: (schedule) => `${name} ${schedule.split(/ +/)[at] ?? ''}: ${wanted}`,
      cel: `'${name} ' + self.findAll('${word}')[${String(at)}] + ': ${wanted}'`,
    },
  });
}, form);

const ascending = withRule(inRange, {
  holds: (schedule) => numericRanges(schedule).every(([from, to]) => from <= to),
  cel: "self.findAll('[0-9]+-[0-9]+').all(r, int(r.split('-')[0]) <= int(r.split('-')[1]))",
  message: 'a range must go upwards: 22-2 is written 22-23,0-2',
});

/** When to run, as cron writes it. That it ever comes is checked for plain days here, in full by `validate`. */
export const Schedule = withRule(ascending, {
  holds: (schedule) => !impossiblePattern.test(schedule),
  cel: `!self.matches(${celPattern(impossiblePattern)})`,
  message: 'never comes: none of its months has that day',
});

function numericRanges(schedule: string): readonly (readonly [number, number])[] {
  return [...schedule.matchAll(/([0-9]+)-([0-9]+)/g)].map(([, from, to]) => [Number(from), Number(to)]);
}

const zonePattern = /^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*)*$/;

const zoneMessage = 'must be the name of an IANA time zone, like Europe/Berlin or Etc/UTC';

/** A name of the IANA time zone database. */
export const TimeZone = withRule(withPattern(z.string().min(1).max(64), zonePattern, zoneMessage), {
  holds: isTimeZone,
  // The API server has no predicate for zones: an unknown one makes getHours fail, which refuses the object and
  // prints this message behind `unknown time zone`.
  cel: "self != 'Local' && timestamp('2026-01-01T00:00:00Z').getHours(self) >= 0",
  message: zoneMessage,
});

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
