import { describe, expect, it } from 'vitest';
import { ProcessError } from '../../process/process-error.ts';
import { dumpFailure } from './dump-errors.ts';

function failed(stderrTail: string, ending: ProcessError['ending'] = 'Exited'): ProcessError {
  return new ProcessError({ program: '/usr/lib/postgresql/16/bin/pg_dump', exitCode: 1, ending, stderrTail });
}

describe('dumpFailure', () => {
  it.each([
    [
      'LockTimeout',
      'pg_dump: error: query failed: ERROR:  canceling statement due to statement timeout\npg_dump: detail: Query was: LOCK TABLE public.t IN ACCESS SHARE MODE',
    ],
    [
      'RecoveryConflict',
      'ERROR:  canceling statement due to conflict with recovery\nDETAIL:  User query might have',
    ],
    [
      'ConnectionLost',
      'FATAL:  terminating connection due to administrator command\nserver closed the connection',
    ],
    [
      'ConnectionLost',
      'error: Dumping the contents of table "t" failed: PQgetCopyData() failed: could not receive data from server',
    ],
    ['RowSecurity', 'ERROR:  query would be affected by row-level security policy for table "t"'],
    ['PrivilegeMissing', 'ERROR:  permission denied for table t'],
    [
      'LockCapacity',
      'ERROR:  out of shared memory\nHINT:  You might need to increase max_locks_per_transaction.',
    ],
    ['NothingMatches', 'pg_dump: error: no matching tables were found for pattern "t"'],
    ['ServerTooNew', 'pg_dump: error: aborting because of server version mismatch'],
    [
      'WrongPassword',
      'connection to server at "db" failed: FATAL:  password authentication failed for user "u"',
    ],
    ['DatabaseAbsent', 'connection to server at "db" failed: FATAL:  database "d" does not exist'],
    ['CannotConnect', 'connection to server at "db" (10.0.0.1), port 5432 failed: Connection refused'],
    ['DumpFailed', 'pg_dump: error: schema with OID 16399 does not exist'],
  ])('understands %s', (reason, words) => {
    const failure = dumpFailure(failed(words), 'database shop');
    expect(failure.reason).toBe(reason);
    expect(failure.message).toBe(`pg_dump of database shop: ${words}`);
  });

  it('calls our own stop an interruption', () => {
    expect(dumpFailure(failed('', 'Aborted'), 'database shop').reason).toBe('Interrupted');
  });

  it('says that pg_dump is not there', () => {
    const failure = dumpFailure(failed('', 'NotStarted'), 'database shop');
    expect(failure).toMatchObject({
      reason: 'DumpFailed',
      message: expect.stringContaining('could not be started') as string,
    });
  });
});
