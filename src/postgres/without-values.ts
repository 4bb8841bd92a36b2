/**
 * The server's words without values of the data. A value that the server does not take stands behind a colon, or at
 * the beginning, or as its bytes. Names of constraints, tables and types stay.
 */
export function withoutValues(words: string): string {
  return words
    .replace(/: (".*|0x[0-9a-f]{2}\b.*)$/s, '')
    .replace(/^(value )?".*" (is out of range|is not a valid)/s, 'a value $2')
    .replace(/^value ".*$/s, 'a value is not taken')
    .replace(/byte sequence 0x[0-9a-f]{2}( 0x[0-9a-f]{2})*/, 'a byte sequence');
}
