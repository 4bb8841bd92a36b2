import type { FailureReason } from '../api/v1alpha1/failure-reasons.ts';

export interface NetworkFault {
  readonly reason: Extract<FailureReason, 'StoreUnreachable' | 'StoreTlsNotTrusted'>;
  /** Follows `the store at HOST` in a sentence. */
  readonly what: string;
}

const noTls = 'does not speak TLS: use http:// in s3.endpoint, or the port of the store that does';
const setCa = 'set s3.caSecretKeyRef to the authority that signed it';

const unreachable: Readonly<Record<string, string>> = {
  ENOTFOUND: 'has a name that does not resolve: check s3.endpoint and DNS',
  EAI_AGAIN: 'has a name that does not resolve just now: check DNS',
  ECONNREFUSED: 'refuses connections: check the port of s3.endpoint, and that the store runs',
  EHOSTUNREACH: 'has no route to it: check s3.endpoint and network policies',
  ENETUNREACH: 'has no route to it: check s3.endpoint and network policies',
  ETIMEDOUT: 'did not answer in time: check s3.endpoint and network policies',
  TimeoutError: 'did not answer in time: check s3.endpoint and network policies',
  ECONNRESET: 'broke the connection',
  EPIPE: 'broke the connection',
  UND_ERR_SOCKET: 'broke the connection',
};

const untrusted: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has a certificate that has expired: renew it',
  CERT_NOT_YET_VALID: 'has a certificate that is not valid yet: check the clocks',
  DEPTH_ZERO_SELF_SIGNED_CERT: `has a self-signed certificate: ${setCa}`,
  SELF_SIGNED_CERT_IN_CHAIN: `has a certificate of an authority that is not trusted: ${setCa}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `has a certificate of an authority that is not trusted: ${setCa}`,
  UNABLE_TO_GET_ISSUER_CERT: `has a certificate of an authority that is not trusted: ${setCa}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `has a certificate of an authority that is not trusted: ${setCa}`,
  CERT_SIGNATURE_FAILURE: `has a certificate that its authority did not sign: ${setCa}`,
  CERT_UNTRUSTED: `has a certificate of an authority that is not trusted: ${setCa}`,
  INVALID_CA: `has a certificate of an authority that may not sign it: ${setCa}`,
  CERT_REVOKED: 'has a certificate that was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
};

/** What a broken connection means, by the code that Node gives it; undefined when the error is of another kind. */
export function networkFault(error: unknown): NetworkFault | undefined {
  for (const link of chain(error)) {
    const tls = untrusted[link.code];
    if (tls !== undefined) return { reason: 'StoreTlsNotTrusted', what: withNames(tls, link) };
    const network = unreachable[link.code] ?? unreachable[link.name];
    if (network !== undefined) return { reason: 'StoreUnreachable', what: network };
    if (link.code === 'EPROTO' && link.message.includes('wrong version number'))
      return { reason: 'StoreTlsNotTrusted', what: noTls };
    if (link.code === 'EPROTO' || link.code.startsWith('ERR_SSL_'))
      return { reason: 'StoreTlsNotTrusted', what: `cannot agree on TLS (${link.code})` };
    if (link.message === 'socket hang up')
      return { reason: 'StoreUnreachable', what: 'broke the connection' };
  }
  return undefined;
}

interface Link {
  readonly code: string;
  readonly name: string;
  readonly message: string;
}

function chain(error: unknown): Link[] {
  const links: Link[] = [];
  for (let at = error; at instanceof Error && links.length < 8; at = at.cause) {
    const code = 'code' in at && typeof at.code === 'string' ? at.code : '';
    links.push({ code, name: at.name, message: at.message });
  }
  return links;
}

function withNames(what: string, { code, message }: Link): string {
  if (code !== 'ERR_TLS_CERT_ALTNAME_INVALID') return what;
  const names = /altnames: (.*?)[\s:]*$/s.exec(message)?.[1];
  return `${names === undefined ? what : `${what}: ${names}`}; use a name of the certificate in s3.endpoint`;
}
