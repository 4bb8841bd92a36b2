const cells = 20;

/** `[######--------------]  31 %` */
export function bar(share: number): string {
  const known = Math.min(1, Math.max(0, share));
  const full = Math.floor(known * cells);
  const percent = String(Math.floor(known * 100)).padStart(3);
  return `[${'#'.repeat(full)}${'-'.repeat(cells - full)}] ${percent} %`;
}

/** `0.4 s`, `38 s`, `6m52s`, `2h05m`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 60) return `${String(whole)} s`;
  if (whole < 3600) return `${String(Math.floor(whole / 60))}m${two(whole % 60)}s`;
  return `${String(Math.floor(whole / 3600))}h${two(Math.floor((whole % 3600) / 60))}m`;
}
