/** Lines for a person who waits: what is being done, and for how long. */
export interface Narrator {
  step(text: string): void;
  line(text: string): void;
}

export function narrator(): Narrator {
  const start = performance.now();
  const elapsed = (): string => `${Math.round((performance.now() - start) / 1000)} s`.padStart(6);
  return {
    step: (text) => console.log(`${elapsed()}  ${text}`),
    line: (text) => console.log(`        ${text}`),
  };
}

/** 1536 → '1.5 KiB'. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
