import type { Connection } from './connection.ts';
import type { TlsMode } from './tls.ts';

const sslmodeOf: Readonly<Record<TlsMode, string>> = {
  Disable: 'disable',
  Prefer: 'prefer',
  Require: 'require',
  VerifyCA: 'verify-ca',
  VerifyFull: 'verify-full',
};

/**
 * The whole environment of a PostgreSQL client program: no secret, only the names of files that hold them. Messages
 * come in English, so that they can be understood by `dumpFailure`.
 */
export function libpqEnvironment(connection: Connection, database: string): Record<string, string> {
  const { tls, passwordFile } = connection;
  return {
    PATH: '/usr/bin:/bin',
    HOME: connection.scratch,
    LC_ALL: 'C',
    TZ: 'UTC',
    PGHOST: connection.host,
    PGPORT: String(connection.port),
    PGUSER: connection.user,
    PGDATABASE: database,
    PGAPPNAME: 'pgcairn',
    PGCONNECT_TIMEOUT: '15',
    PGGSSENCMODE: 'disable',
    PGSSLMODE: sslmodeOf[tls.mode],
    ...(passwordFile === undefined ? {} : { PGPASSFILE: passwordFile }),
    ...(tls.authorities === undefined ? {} : { PGSSLROOTCERT: tls.authorities.file }),
    ...(tls.clientCertificate === undefined
      ? {}
      : { PGSSLCERT: tls.clientCertificate.certificateFile, PGSSLKEY: tls.clientCertificate.keyFile }),
  };
}

/**
 * `--dbname` of a client program. A bare name with `=` or a URI prefix would be taken for a connection string and could
 * send the password elsewhere; quoted in one it is only a name. The keepalives find a dead peer within two minutes.
 */
export function databaseArgument(database: string): string {
  const quoted = database.replaceAll(/['\\]/g, '\\$&');
  return `--dbname=dbname='${quoted}' keepalives_idle=60 keepalives_interval=10 keepalives_count=6`;
}
