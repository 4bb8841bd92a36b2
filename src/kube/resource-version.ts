/**
 * Order of two resourceVersions of one resource type: below, at or above zero. They are decimal numbers without a
 * bound, so they are compared as text: more digits win, then digit by digit.
 */
export function compareResourceVersions(one: string, other: string): number {
  if (one.length !== other.length) return one.length - other.length;
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
