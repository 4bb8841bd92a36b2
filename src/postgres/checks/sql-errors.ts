import { DatabaseError } from 'pg';

/** Classes of SQLSTATE that speak of the server's means or of being stopped, and say nothing of the data. */
const undecided = /^(53|57|40|55P03)/;

/** The server's own words of an error that says something about what was looked at; any other is thrown on. */
export function damageWords(error: unknown): string {
  const words = serverWords(error);
  if (words === undefined) throw error;
  return words;
}

/** As `damageWords`, but undefined for any other error. */
export function serverWords(error: unknown): string | undefined {
  if (!(error instanceof DatabaseError) || undecided.test(error.code ?? '')) return undefined;
  return error.detail === undefined ? error.message : `${error.message} (${error.detail})`;
}
