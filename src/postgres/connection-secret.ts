import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../domain/failure.ts';
import { parseConnectionUri } from './connection-uri.ts';
import type { ConnectionParts } from './connection-uri.ts';

/**
 * The key names under which a part of a connection is found, the first present wins: CloudNativePG (username, dbname,
 * uri), Crunchy PGO (user, dbname, uri), Zalando (username, password), servicebinding.io (type, username, database,
 * uri), and a plain url or DATABASE_URL.
 */
export const acceptedKeys = {
  host: ['host'],
  port: ['port'],
  user: ['username', 'user'],
  password: ['password'],
  database: ['dbname', 'database'],
  uri: ['uri', 'url', 'DATABASE_URL'],
} as const;

export interface SecretFolder {
  /** Name of the Secret, for messages. */
  readonly secret: string;
  /** Where it is mounted: one file a key. */
  readonly folder: string;
}

/** One key of a mounted Secret, or undefined. The line break that `echo` and editors leave at its end is dropped. */
export async function readSecretKey({ folder }: SecretFolder, key: string): Promise<string | undefined> {
  const content = await readFile(join(folder, key), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return content?.replace(/\r?\n$/, '');
}

/**
 * Errors: `Failure` SecretMissing when the folder is absent or empty. `key` is given where only that key is mounted, for
 * then an absent key looks like an absent Secret.
 */
export async function requireSecret(secret: SecretFolder, field: string, key?: string): Promise<void> {
  const names = await readdir(secret.folder).catch(() => []);
  // The kubelet keeps its own entries beside the keys, and they begin with two dots.
  if (names.some((name) => !name.startsWith('..'))) return;
  throw new Failure(
    'SecretMissing',
    `Secret ${secret.secret} (${field}) does not exist or has no ${key === undefined ? 'keys' : `key ${key}`}: ` +
      'create it in the namespace of the object, or correct the name',
  );
}

/** What the Secret says of a connection; single keys win over the parts of a URI. */
export async function readConnectionSecret(secret: SecretFolder): Promise<ConnectionParts> {
  await requireSecret(secret, 'connection.secretRef');
  await refuseOtherDatabase(secret);
  const uri = await firstOf(secret, acceptedKeys.uri);
  const fromUri = uri === undefined ? {} : parseConnectionUri(uri.value, { ...secret, key: uri.key });
  const [host, port, user, password, database] = await Promise.all([
    firstOf(secret, acceptedKeys.host),
    firstOf(secret, acceptedKeys.port),
    firstOf(secret, acceptedKeys.user),
    firstOf(secret, acceptedKeys.password),
    firstOf(secret, acceptedKeys.database),
  ]);
  return {
    ...fromUri,
    ...(host === undefined ? {} : { host: host.value }),
    ...(port === undefined ? {} : { port: portOf(secret, port) }),
    ...(user === undefined ? {} : { user: user.value }),
    ...(password === undefined ? {} : { password: password.value }),
    ...(database === undefined ? {} : { database: database.value }),
  };
}

interface Found {
  readonly key: string;
  readonly value: string;
}

async function firstOf(secret: SecretFolder, keys: readonly string[]): Promise<Found | undefined> {
  for (const key of keys) {
    const value = await readSecretKey(secret, key);
    if (value === undefined || value === '') continue;
    // Passwords go into a file of lines, and the rest into messages: a control character has no place in either.
    if (hasControlCharacter(value))
      throw secretInvalid(secret, key, 'holds a line break or control character');
    return { key, value };
  }
  return undefined;
}

function hasControlCharacter(value: string): boolean {
  return /\p{Cc}/u.test(value);
}

function portOf(secret: SecretFolder, { key, value }: Found): number {
  const port = Number(value);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw secretInvalid(secret, key, 'is not a port number from 1 to 65535');
}

/** servicebinding.io names the kind of service; a Secret of another database is a mix-up worth naming. */
async function refuseOtherDatabase(secret: SecretFolder): Promise<void> {
  const type = await readSecretKey(secret, 'type');
  if (type === undefined || /^(postgres|pg$)/i.test(type)) return;
  throw secretInvalid(secret, 'type', 'names another kind of service than postgresql');
}

export function secretInvalid({ secret }: { readonly secret: string }, key: string, what: string): Failure {
  return new Failure('SecretInvalid', `key ${key} of Secret ${secret} ${what}`);
}
