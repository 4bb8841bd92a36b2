/** `62 %`: what is gone of the first number in the second. */
export function percentLess(before: number, after: number): string {
  return `${Math.round(((before - after) / before) * 100).toString()} %`;
}
