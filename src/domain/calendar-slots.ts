/** The hour, day, ISO week, month and year of an instant in a time zone, as names that differ when they do. */
export interface CalendarSlots {
  readonly hour: string;
  readonly day: string;
  readonly week: string;
  readonly month: string;
  readonly year: string;
}

const dayMilliseconds = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

export function calendarSlots(instant: Date, timeZone: string): CalendarSlots {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value] as const),
  );
  const text = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  const year = text('year').padStart(4, '0');
  const month = `${year}-${text('month')}`;
  const day = `${month}-${text('day')}`;
  // The offset tells the two hours apart that one clock hour is when summer time ends.
  return { hour: `${day}T${text('hour')} ${text('timeZoneName')}`, day, week: isoWeek(day), month, year };
}

/** The week of an ISO date is that of its Thursday. */
function isoWeek(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * dayMilliseconds);
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.floor((thursday.getTime() - first) / dayMilliseconds / 7) + 1;
  return `${String(thursday.getUTCFullYear())}-W${String(week).padStart(2, '0')}`;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    calendar: 'gregory',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'shortOffset',
  });
  formats.set(timeZone, made);
  return made;
}
