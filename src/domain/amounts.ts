const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes for people: `0 B`, `1023 B`, `4.1 GiB`, `12 GiB`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  const digits = power === 0 || value >= 10 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[power] ?? 'B'}`;
}

/** Seconds for people: `38 s`, `12 min`, `25 h`, `9 d`. Rounded down, never to nothing. */
export function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${String(Math.floor(seconds))} s`;
  if (seconds < 7200) return `${String(Math.floor(seconds / 60))} min`;
  if (seconds < 172_800) return `${String(Math.floor(seconds / 3600))} h`;
  return `${String(Math.floor(seconds / 86_400))} d`;
}

/** A duration for a column, by its two largest units: `42s`, `6m52s`, `7h19m`, `3d4h`. Rounded up. */
export function shortDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${String(whole)}s`;
  if (whole < 3600) return pairOf(whole, 60, 'm', 's');
  const minutes = Math.ceil(whole / 60);
  if (minutes < 1440) return pairOf(minutes, 60, 'h', 'm');
  return pairOf(Math.ceil(minutes / 60), 24, 'd', 'h');
}

function pairOf(total: number, size: number, large: string, small: string): string {
  const rest = total % size;
  return `${String(Math.floor(total / size))}${large}${rest === 0 ? '' : `${String(rest)}${small}`}`;
}

/** `48,201,337`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 table`, `48,201 tables`. `one` and `many` may hold the verb, too: `1 row was`, `2 rows were`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** The text, at most `limit` characters long; an ellipsis shows where it was cut. */
export function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`;
}
