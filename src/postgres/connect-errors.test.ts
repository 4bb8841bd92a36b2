import { describe, expect, it } from 'vitest';
import { connectFailure } from './connect-errors.ts';

const attempt = { host: 'db.example.net', port: 5432, user: 'u', database: 'd' };
function systemError(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

describe('connectFailure', () => {
  it.each([
    ['ENOTFOUND', 'host db.example.net is not known to DNS'],
    ['EAI_AGAIN', 'DNS did not answer for host db.example.net'],
    ['ECONNREFUSED', 'nothing listens at db.example.net:5432 (connection refused)'],
    ['EHOSTUNREACH', 'db.example.net:5432 cannot be reached: no route'],
    ['ETIMEDOUT', 'did not answer in time'],
    ['ECONNRESET', 'connecting to db.example.net:5432 failed'],
  ])('says of %s: %s', (code, words) => {
    const failure = connectFailure(systemError(code), attempt);
    expect(failure.reason).toBe('CannotConnect');
    expect(failure.message).toContain(words);
  });

  it.each([
    ['CERT_HAS_EXPIRED', 'its certificate has expired'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'not the one given'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'TLS with server db.example.net:5432 failed'],
  ])('calls %s a matter of trust', (code, words) => {
    const failure = connectFailure(systemError(code), attempt);
    expect(failure.reason).toBe('DatabaseTlsNotTrusted');
    expect(failure.message).toContain(words);
  });
});
