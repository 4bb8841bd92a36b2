import type { FailureReason } from '../../api/v1alpha1/failure-reasons.ts';
import { Failure } from '../../domain/failure.ts';
import type { ProcessError } from '../../process/process-error.ts';

interface Symptom {
  readonly reason: FailureReason;
  readonly words: RegExp;
}

/** The first that fits wins. The server's own words come in its language, and then only `DumpFailed` is left. */
const symptoms: readonly Symptom[] = [
  // pg_dump has a statement timeout only while it takes its locks.
  {
    reason: 'LockTimeout',
    words: /canceling statement due to (statement|lock) timeout|could not obtain lock/,
  },
  { reason: 'RecoveryConflict', words: /due to conflict with recovery|User (query|was) .*recovery/ },
  {
    reason: 'ConnectionLost',
    words:
      /terminating connection|server closed the connection unexpectedly|connection to server was lost|SSL connection has been closed|could not (receive data from|send data to) server|no connection to the server|SSL SYSCALL error/,
  },
  { reason: 'RowSecurity', words: /query would be affected by row-level security/ },
  { reason: 'PrivilegeMissing', words: /permission denied for/ },
  { reason: 'LockCapacity', words: /out of shared memory|max_locks_per_transaction/ },
  { reason: 'NothingMatches', words: /no matching (schemas|tables|extensions) were found/ },
  { reason: 'ServerTooNew', words: /aborting because of server version mismatch/ },
  {
    reason: 'WrongPassword',
    words: /password authentication failed|no pg_hba\.conf entry|no password supplied/,
  },
  { reason: 'DatabaseAbsent', words: /database ".*" does not exist/ },
  { reason: 'CannotConnect', words: /connection to server .* failed/ },
];

const shownCharacters = 1_000;

/** What the end of pg_dump or pg_dumpall means. */
export function dumpFailure(error: ProcessError, what: string): Failure {
  if (error.ending === 'Aborted') {
    return new Failure('Interrupted', `${error.program} of ${what} was stopped`, { cause: error });
  }
  const symptom =
    error.ending === 'Exited' ? symptoms.find(({ words }) => words.test(error.stderrTail)) : undefined;
  const words = error.stderrTail.trim().slice(-shownCharacters);
  const message = `${error.program} of ${what}: ${words === '' ? error.message : words}`;
  return new Failure(symptom?.reason ?? 'DumpFailed', message, { cause: error });
}
