import { DatabaseError } from 'pg';
import { Failure } from '../../domain/failure.ts';
import { saidByFunction, withoutValues } from '../without-values.ts';

/**
 * SQLSTATEs that speak of the server's means, its disk, of being stopped, or of another server, where foreign tables
 * are, and say nothing of the data.
 */
const sayNothing = /^(53|57|40|08|HV|55P03|58030)/;
/** Classes whose words may hold values of the data: of a value that does not fit, and of a constraint. */
const tellsValues = /^2[23]/;
/** SQLSTATEs of pages, indexes and files that are damaged or gone. */
const damageStates = /^(XX001|XX002|58P01)$/;

export interface ServerError {
  /** In the server's own words, without a value of the data. */
  readonly words: string;
  /** Damaged: of what is stored. Refused: of what was asked. Unable: for lack of means or time. */
  readonly kind: 'Damaged' | 'Refused' | 'Unable';
  /** SQLSTATE. */
  readonly code: string;
}

/** What an error of SQL says; undefined for any other error, which is to be thrown on. */
export function serverError(error: unknown): ServerError | undefined {
  const cause = error instanceof Failure && error.reason === 'PrivilegeMissing' ? error.cause : error;
  if (!(cause instanceof DatabaseError)) return undefined;
  const { code = '' } = cause;
  const words = wordsOf(code, cause);
  if (sayNothing.test(code)) return { words, code, kind: 'Unable' };
  return { words, code, kind: damageStates.test(code) ? 'Damaged' : 'Refused' };
}

function wordsOf(code: string, { message, detail, where = '' }: DatabaseError): string {
  if (code.startsWith('P0') || saidByFunction.test(where))
    return `a function ended with an error (SQLSTATE ${code})`;
  if (tellsValues.test(code)) return withoutValues(message);
  return detail === undefined ? message : `${message} (${detail})`;
}

/** The server's own words of an error that says something about what was looked at; any other is thrown on. */
export function damageWords(error: unknown): string {
  const said = serverError(error);
  if (said === undefined || said.kind === 'Unable') throw error;
  return said.words;
}
