/**
 * Where an error comes from, when a function ended with words of its own: those of RAISE, and of any language that
 * does not tell its own words from the server's. They may say anything, values too.
 */
export const saidByFunction = /^(CONTEXT: +)?PL\/(pgSQL function .* at RAISE$|(?!pgSQL)\w+ function )/m;

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
