import { Failure } from '../domain/failure.ts';

export interface ConnectionParts {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly sslmode?: Sslmode;
}

const sslmodes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
/** As libpq spells what is demanded of a connection. */
export type Sslmode = (typeof sslmodes)[number];

/** Several hosts are one service to libpq. Which of them to back up is for connection.host to say. */
const severalHosts = /^([^/]+:\/\/(?:[^/?#]*@)?)[^/?#@]*,[^/?#@]*/;
const noHost = 'several.invalid';

/**
 * Parts of a `postgresql://` or `postgres://` URI. Of its parameters only `sslmode` counts: files and services mean
 * nothing in the worker. Errors: `Failure` SecretInvalid, never with a part of the URI.
 */
export function parseConnectionUri(
  uri: string,
  from: { readonly secret: string; readonly key: string },
): ConnectionParts {
  const invalid = (what: string): Failure =>
    new Failure('SecretInvalid', `key ${from.key} of Secret ${from.secret} ${what}`);
  if (!/^postgres(ql)?:\/\//.test(uri)) throw invalid('is not a URI that begins with postgresql://');
  const url = URL.parse(uri.replace(severalHosts, `$1${noHost}`));
  if (url === null) {
    throw invalid('cannot be read as a URI: are special characters in user and password percent-encoded?');
  }
  const wanted = url.searchParams.get('sslmode');
  const sslmode = sslmodes.find((known) => known === wanted);
  if (wanted !== null && sslmode === undefined) throw invalid('has an unknown sslmode');
  try {
    return {
      ...part('host', url.hostname === noHost ? '' : url.hostname.replace(/^\[(.*)\]$/, '$1')),
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      ...part('user', url.username),
      ...part('password', url.password),
      ...part('database', url.pathname.slice(1)),
      ...(sslmode === undefined ? {} : { sslmode }),
    };
  } catch {
    throw invalid('has a wrong percent-encoding');
  }
}

function part<Name extends string>(name: Name, encoded: string): { [N in Name]?: string } {
  const value = decodeURIComponent(encoded);
  if (/\p{Cc}/u.test(value)) throw new URIError('control character');
  return (value === '' ? {} : { [name]: value }) as { [N in Name]?: string };
}
