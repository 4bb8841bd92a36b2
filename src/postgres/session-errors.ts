import { DatabaseError } from 'pg';
import type { FailureReason } from '../api/v1alpha1/failure-reasons.ts';
import { Failure } from '../domain/failure.ts';

/** SQLSTATEs of a session that ended or a statement that was stopped through no fault of its own. */
const reasonOfState = {
  '57P01': 'ConnectionLost',
  '57P02': 'ConnectionLost',
  '57P05': 'ConnectionLost',
  '25P03': 'ConnectionLost',
  '25P04': 'ConnectionLost',
  '55P03': 'LockTimeout',
  '42501': 'PrivilegeMissing',
} as const;

const lostCodes = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']);
/** `pg` has no codes for these; the second is what a statement gets that comes after the connection broke. */
const lostWords = /^Connection terminated|^Client has encountered a connection error/;

/** What an error of a running session means, where it has a meaning beyond its statement. */
export function sessionFailure(error: unknown, database: string): Failure | undefined {
  if (error instanceof Failure) return error;
  if (!(error instanceof Error)) return undefined;
  const message = `database ${database}: ${error.message}`;
  if (error instanceof DatabaseError) {
    const reason = reasonOf(error);
    return reason === undefined ? undefined : new Failure(reason, message, { cause: error });
  }
  const code = (error as NodeJS.ErrnoException).code;
  const broke = (code !== undefined && lostCodes.has(code)) || lostWords.test(error.message);
  return broke ? new Failure('ConnectionLost', message, { cause: error }) : undefined;
}

function reasonOf(error: DatabaseError): FailureReason | undefined {
  if (isRecoveryConflict(error)) return 'RecoveryConflict';
  // Out of memory has the same state; only the lock table lies in shared memory.
  if (error.code === '53200' && error.message.includes('shared memory')) return 'LockCapacity';
  return reasonOfState[error.code as keyof typeof reasonOfState];
}

/** 40001 is a recovery conflict here, because our transactions are read only and so never fail to serialize. */
function isRecoveryConflict({ code, message }: DatabaseError): boolean {
  return code === '40001' || code === '57P04' || (code === '40P01' && message.includes('recovery'));
}
