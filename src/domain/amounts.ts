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

/** The text, at most `limit` characters long; an ellipsis shows where it was cut. */
export function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`;
}
