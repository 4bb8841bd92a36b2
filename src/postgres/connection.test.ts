import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConnectionSpec } from '../api/v1alpha1/connection.ts';
import type { Connection } from './connection.ts';
import { readConnection } from './connection.ts';
import { databaseArgument, libpqEnvironment } from './libpq.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pgcairn-connection-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function mount(folder: string, keys: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(root, folder), { recursive: true });
  for (const [key, value] of Object.entries(keys)) await writeFile(join(root, folder, key), value);
}

async function read(keys: Readonly<Record<string, string>>, spec: object = {}): Promise<Connection> {
  await mount('connection', keys);
  return readConnection(root, ConnectionSpec.parse({ secretRef: { name: 'shop-db' }, ...spec }));
}

describe('readConnection', () => {
  it.each([
    [
      'CloudNativePG',
      {
        username: 'app',
        password: 'pw',
        host: 'shop-rw',
        port: '5432',
        dbname: 'shop',
        uri: 'postgresql://app:pw@shop-rw.ns:5432/other',
        pgpass: 'shop-rw:5432:shop:app:pw\n',
      },
      { host: 'shop-rw', port: 5432, user: 'app', password: 'pw', database: 'shop' },
    ],
    [
      'Crunchy PGO',
      { user: 'hippo', password: 'pw', host: 'hippo-primary.ns.svc', port: '5432', dbname: 'zoo' },
      { host: 'hippo-primary.ns.svc', port: 5432, user: 'hippo', password: 'pw', database: 'zoo' },
    ],
    [
      'servicebinding.io',
      { type: 'postgresql', host: 'db', port: '6432', username: 'u', password: 'pw', database: 'd' },
      { host: 'db', port: 6432, user: 'u', password: 'pw', database: 'd' },
    ],
    [
      'a plain uri, its parts percent-encoded',
      { DATABASE_URL: 'postgres://us%40er:p%3A%2F%40%20w@db.example.net/my%20db?sslmode=disable\n' },
      { host: 'db.example.net', port: 5432, user: 'us@er', password: 'p:/@ w', database: 'my db' },
    ],
    [
      'a uri with an IPv6 address',
      { url: 'postgresql://u@[::1]:5433/d' },
      { host: '::1', port: 5433, user: 'u', database: 'd' },
    ],
    [
      'no database: named as the user',
      { host: 'db', username: 'u' },
      { host: 'db', port: 5432, user: 'u', database: 'u' },
    ],
  ])('understands %s', async (_, keys, expected) => {
    expect(await read(keys)).toMatchObject(expected);
  });

  it('lets the spec override single parts, as Zalando needs', async () => {
    const spec = { host: 'acid-shop', port: 5433, database: 'shop', user: 'admin' };
    const connection = await read({ username: 'zalando', password: 'pw' }, spec);
    expect(connection).toMatchObject({ ...spec, password: 'pw' });
  });

  it('takes the host from the spec when a uri names several', async () => {
    const connection = await read({ uri: 'postgresql://u:pw@a:1,b:2/d' }, { host: 'a' });
    expect(connection).toMatchObject({ host: 'a', port: 5432, user: 'u', database: 'd' });
  });

  it('drops the line break at the end of a value and nothing else', async () => {
    expect((await read({ host: 'db\n', username: 'u\r\n', password: ' pw \n' })).password).toBe(' pw ');
  });

  it.each([
    [
      'no host',
      { username: 'u' },
      'SecretKeyMissing',
      /shop-db names no single host: .*host, uri, url, DATABASE_URL/,
    ],
    ['no user', { host: 'db' }, 'SecretKeyMissing', /names no single user: .*username, user, uri/],
    ['several hosts', { uri: 'postgresql://u@a,b/d' }, 'SecretKeyMissing', /connection\.host/],
    ['another service', { type: 'mysql', host: 'db' }, 'SecretInvalid', /key type of Secret shop-db/],
    ['a port that is none', { host: 'db', username: 'u', port: '70000' }, 'SecretInvalid', /key port/],
    [
      'a password of two lines',
      { host: 'db', username: 'u', password: 'hunter2\nx' },
      'SecretInvalid',
      /key password/,
    ],
    ['a uri of another scheme', { uri: 'mysql://u:hunter2@db/d' }, 'SecretInvalid', /postgresql:\/\//],
    [
      'a uri that cannot be read',
      { uri: 'postgresql://u:hunter2/#@db/d' },
      'SecretInvalid',
      /percent-encoded/,
    ],
    ['a wrong encoding', { uri: 'postgresql://u:hunter2%zz@db/d' }, 'SecretInvalid', /percent-encoding/],
    ['a line break in a uri', { uri: 'postgresql://u:hunter2%0A@db/d' }, 'SecretInvalid', /percent-encoding/],
    ['an unknown sslmode', { uri: 'postgresql://u@db/d?sslmode=yes' }, 'SecretInvalid', /sslmode/],
  ])('refuses %s, and says where', async (_, keys, reason, message) => {
    const failure = await read(keys).catch((error: Error) => error);
    expect(failure).toMatchObject({ reason, message: expect.stringMatching(message) as string });
    expect((failure as Error).message).not.toContain('hunter2');
  });

  it.each([
    ['absent', undefined],
    ['empty', {}],
    ['empty but for what the kubelet keeps', { '..data': '' }],
  ])('says SecretMissing when the folder is %s', async (_, keys) => {
    if (keys !== undefined) await mount('connection', keys);
    const spec = ConnectionSpec.parse({ secretRef: { name: 'shop-db' } });
    await expect(readConnection(root, spec)).rejects.toMatchObject({
      reason: 'SecretMissing',
      message: expect.stringContaining('Secret shop-db') as string,
    });
  });
});

describe('TLS of a connection', () => {
  const plain = { host: 'db', username: 'u', password: 'pw' };
  const ca = { tls: { caSecretKeyRef: { name: 'ca', key: 'ca.crt' } } };

  it.each([
    ['Require by default', plain, {}, 'Require'],
    ['sslmode of the uri', { uri: 'postgresql://u@db/d?sslmode=prefer' }, {}, 'Prefer'],
    [
      'the spec before sslmode',
      { uri: 'postgresql://u@db/d?sslmode=disable' },
      { tls: { mode: 'VerifyFull' } },
      'VerifyFull',
    ],
    [
      'the name as well when a uri asks for verify-ca',
      { uri: 'postgresql://u@db/d?sslmode=verify-ca' },
      {},
      'VerifyFull',
    ],
  ])('is %s', async (_, keys, spec, mode) => {
    expect((await read(keys, spec)).tls.mode).toBe(mode);
  });

  it('verifies by the public authorities, the same for libpq and for us, when none is given', async () => {
    const { tls, ...rest } = await read(plain, { tls: { mode: 'VerifyFull' } });
    const file = libpqEnvironment({ tls, ...rest }, 'd')['PGSSLROOTCERT'] ?? '';
    expect(await readFile(file, 'utf8')).toContain(tls.authorities?.pem);
    expect(tls.authorities?.pem.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(50);
  });

  it.each([
    ['a missing Secret', undefined, 'SecretMissing', /Secret ca \(connection\.tls\.caSecretKeyRef\)/],
    [
      'a missing key',
      { 'tls.crt': 'x', 'tls.key': 'x' },
      'SecretKeyMissing',
      /no key ca\.crt; its keys are tls\.crt, tls\.key/,
    ],
    [
      'no certificate',
      { 'ca.crt': 'hello' },
      'SecretInvalid',
      /key ca\.crt of Secret ca is not a certificate/,
    ],
  ])('names %s of the authority', async (_, keys, reason, message) => {
    if (keys !== undefined) await mount('connection-ca', keys);
    await expect(read(plain, ca)).rejects.toMatchObject({
      reason,
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('libpqEnvironment', () => {
  it('holds no password, only a file that nobody else may read', async () => {
    const connection = await read({ host: 'db', username: 'u', password: String.raw`a:b\c` });
    const environment = libpqEnvironment(connection, 'shop');
    expect(JSON.stringify(environment)).not.toContain('a:b');
    const file = environment['PGPASSFILE'] ?? '';
    expect(await readFile(file, 'utf8')).toBe('*:*:*:*:a\\:b\\\\c\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('writes the password file anew, and still private, when the password changes', async () => {
    await mount('scratch', { pgpass: 'old' });
    const { passwordFile = '' } = await read({ host: 'db', username: 'u', password: 'new' });
    expect(await readFile(passwordFile, 'utf8')).toBe('*:*:*:*:new\n');
    expect((await stat(passwordFile)).mode & 0o777).toBe(0o600);
  });
});

describe('databaseArgument', () => {
  it.each([
    ['shop', `dbname='shop' `],
    ['host=evil password=x', `dbname='host=evil password=x' `],
    ['postgresql://evil/', `dbname='postgresql://evil/' `],
    [String.raw`o'br\ien`, String.raw`dbname='o\'br\\ien' `],
  ])('quotes %s, so that it is only a name', (database, expected) => {
    expect(databaseArgument(database)).toContain(`--dbname=${expected}`);
  });
});
