import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectionSpec } from '../api/v1alpha1/postgres-backup.ts';
import { Failure } from '../domain/failure.ts';
import { workerPaths } from '../task/paths.ts';
import { acceptedKeys, readConnectionSecret } from './connection-secret.ts';
import type { ConnectionTls } from './tls.ts';
import { readTls } from './tls.ts';

/** Where a server is and how to prove who we are. Holds the password: never log it whole. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  /** Name of the Secret that it was read from. */
  readonly secret?: string;
  /** Where to connect when no other database is named. */
  readonly database: string;
  readonly tls: ConnectionTls;
  /** For libpq: the password, readable by nobody else. */
  readonly passwordFile?: string;
  /** Private folder; also the home of the programs that we run, so that no file of another home has a say. */
  readonly scratch: string;
}

const defaultPort = 5432;

/**
 * Reads the Secrets mounted below `root` (src/task/paths.ts), lets the spec override single parts, and writes the files
 * that libpq needs into the scratch folder. Errors: `Failure` SecretMissing, SecretKeyMissing, SecretInvalid.
 */
export async function readConnection(root: string, spec: ConnectionSpec): Promise<Connection> {
  const secret = { secret: spec.secretRef.name, folder: join(root, workerPaths.connection) };
  const parts = await readConnectionSecret(secret);
  const host = spec.host ?? parts.host ?? missing(spec, 'host', acceptedKeys.host);
  const user = spec.user ?? parts.user ?? missing(spec, 'user', acceptedKeys.user);
  const scratch = join(root, workerPaths.scratch);
  await mkdir(scratch, { recursive: true });
  return {
    host,
    user,
    secret: spec.secretRef.name,
    port: spec.port ?? parts.port ?? defaultPort,
    // As libpq has it: named as the user.
    database: spec.database ?? parts.database ?? user,
    tls: await readTls(root, spec.tls, parts.sslmode),
    scratch,
    ...(parts.password === undefined
      ? {}
      : { password: parts.password, passwordFile: await writePasswordFile(scratch, parts.password) }),
  };
}

function missing(spec: ConnectionSpec, what: 'host' | 'user', keys: readonly string[]): never {
  const names = [...keys, ...acceptedKeys.uri].join(', ');
  throw new Failure(
    'SecretKeyMissing',
    `Secret ${spec.secretRef.name} names no single ${what}: add one of the keys ${names}, or set connection.${what}`,
  );
}

/** One line for whatever the client connects to: it is told only of this server. */
async function writePasswordFile(scratch: string, password: string): Promise<string> {
  const file = join(scratch, 'pgpass');
  await writeFile(file, `*:*:*:*:${password.replaceAll(/[\\:]/g, '\\$&')}\n`, { mode: 0o600 });
  // The mode above only counts for a new file, and libpq ignores a file that others may read.
  await chmod(file, 0o600);
  return file;
}
