// oxlint-disable-next-line no-control-regex -- control characters are what is replaced
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text of a store or a server with everything replaced that a terminal would obey: escape sequences, and marks that
 * turn the direction of writing. Tabs and line breaks stay.
 */
export function printable(text: string): string {
  return text.replace(controls, '\u{fffd}');
}
