import { DatabaseError } from 'pg';
import type { FailureReason } from '../api/v1alpha1/failure-reasons.ts';
import { Failure } from '../domain/failure.ts';

/** Where a connection was tried, for messages. */
export interface Attempt {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** Where the password is from. */
  readonly secret?: string;
}

const noTls = 'The server does not support SSL connections';

/** True when the server answered that it has no TLS at all. */
export function isTlsUnavailable(error: unknown): boolean {
  return error instanceof Error && error.message === noTls;
}

/** True when the TLS handshake itself failed, the certificate included. */
export function isTlsError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return (
    isCertificateCode(code) || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO'
  );
}

/** What a failed attempt to connect means, said so that the reader knows what to change. */
export function connectFailure(error: unknown, attempt: Attempt): Failure {
  if (error instanceof Failure) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const { reason, message } =
    cause instanceof DatabaseError ? refused(cause, attempt) : unanswered(cause, attempt);
  return new Failure(reason, message, { cause });
}

interface Meaning {
  readonly reason: FailureReason;
  readonly message: string;
}

function refused(error: DatabaseError, { host, port, user, database, secret }: Attempt): Meaning {
  const server = `server ${host}:${port}`;
  switch (error.code ?? '') {
    case '28P01':
      return {
        reason: 'WrongPassword',
        message: `${server} refused the password of user ${user}${secret === undefined ? '' : `, as Secret ${secret} has it`}`,
      };
    case '28000':
      return { reason: 'WrongPassword', message: `${server} refused user ${user}: ${error.message}` };
    case '3D000':
      return { reason: 'DatabaseAbsent', message: `${server} has no database ${database}` };
    case '55000':
      return { reason: 'DatabaseAbsent', message: `database ${database} of ${server}: ${error.message}` };
    case '42501':
      return {
        reason: 'PrivilegeMissing',
        message:
          `user ${user} may not connect to database ${database} of ${server}: ` +
          `GRANT CONNECT ON DATABASE "${database.replaceAll('"', '""')}" TO "${user.replaceAll('"', '""')}";`,
      };
    case '08P01':
      return poolerRefusal(error, server);
    default:
      return {
        reason: 'CannotConnect',
        message: `${server} does not take connections now: ${error.message}`,
      };
  }
}

/** PgBouncer and its like refuse startup parameters that they cannot keep per client. */
function poolerRefusal(error: DatabaseError, server: string): Meaning {
  if (/unsupported startup parameter/i.test(error.message)) {
    return { reason: 'PooledEndpoint', message: pooledMessage(server, error.message) };
  }
  // PgBouncer has one code for all of its errors; the words are its own.
  if (/no such (database|user)/i.test(error.message)) {
    return { reason: 'PooledEndpoint', message: pooledMessage(server, error.message) };
  }
  return { reason: 'CannotConnect', message: `${server} broke off: ${error.message}` };
}

export function pooledMessage(server: string, evidence: string): string {
  return `${server} is a connection pooler (${evidence}): point connection.host and port at PostgreSQL itself`;
}

function unanswered(error: Error, { host, port }: Attempt): Meaning {
  const server = `${host}:${port}`;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (isTlsUnavailable(error)) {
    return { reason: 'DatabaseTlsUnavailable', message: `server ${server} does not offer TLS` };
  }
  if (isCertificateCode(code)) {
    return { reason: 'DatabaseTlsNotTrusted', message: `server ${server}: ${certificateFault(code, error)}` };
  }
  if (isTlsError(error)) {
    const message = `TLS with server ${server} failed: ${error.message}; check what speaks at that port, and its TLS settings`;
    return { reason: 'DatabaseTlsNotTrusted', message };
  }
  return { reason: 'CannotConnect', message: whyUnanswered(code, error, host, port) };
}

function whyUnanswered(code: string, error: Error, host: string, port: number): string {
  switch (code) {
    case 'ENOTFOUND':
      return `host ${host} is not known to DNS`;
    case 'EAI_AGAIN':
      return `DNS did not answer for host ${host}`;
    case 'ECONNREFUSED':
      return `nothing listens at ${host}:${port} (connection refused)`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${host}:${port} cannot be reached: no route`;
    default:
  }
  const silent = code === 'ETIMEDOUT' || /timeout expired|timed out/i.test(error.message);
  if (silent)
    return `${host}:${port} did not answer in time: a firewall or network policy may drop the packets`;
  return `connecting to ${host}:${port} failed: ${error.message}`;
}

const notTheAuthority =
  'its certificate was signed by an authority that is not the one given: set connection.tls.caSecretKeyRef to the one that signed it';

const certificateCodes: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired: renew it at the server',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: check the clocks',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is self-signed and not the authority given: set connection.tls.caSecretKeyRef to it',
  SELF_SIGNED_CERT_IN_CHAIN: notTheAuthority,
  UNABLE_TO_GET_ISSUER_CERT: notTheAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: notTheAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: notTheAuthority,
  CERT_SIGNATURE_FAILURE: 'the signature of its certificate is wrong',
  CERT_REVOKED: 'its certificate was revoked',
  CERT_UNTRUSTED: 'its certificate is not trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
};

function isCertificateCode(code: string): boolean {
  return code in certificateCodes;
}

function certificateFault(code: string, error: Error): string {
  const what = certificateCodes[code] ?? code;
  if (code !== 'ERR_TLS_CERT_ALTNAME_INVALID') return what;
  return `${what} (${error.message}): connect by a name in it, or use connection.tls.mode VerifyCA`;
}
