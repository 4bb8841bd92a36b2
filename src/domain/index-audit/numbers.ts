/** `1,204,331 rows`, `1 row`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** `62 %`: what is gone of the first number in the second. */
export function percentLess(before: number, after: number): string {
  return `${Math.round(((before - after) / before) * 100).toString()} %`;
}
