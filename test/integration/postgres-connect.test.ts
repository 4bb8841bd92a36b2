import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { connect as netConnect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../src/postgres/connect.ts';
import type { Connection } from '../../src/postgres/connection.ts';
import { readConnection } from '../../src/postgres/connection.ts';
import { readServer } from '../../src/postgres/server.ts';
import { withSession } from '../../src/postgres/session.ts';
import { ConnectionSpec } from '../../src/api/v1alpha1/connection.ts';
import { startGlobals } from '../../src/postgres/tools/globals.ts';
import { text } from 'node:stream/consumers';
import type { Certificate } from './servers/certificates.ts';
import { issueCertificate, makeAuthority } from './servers/certificates.ts';
import type { ConnectionChoice, WorkerRoot } from './servers/connection-to.ts';
import { connectionTo, makeWorkerRoot } from './servers/connection-to.ts';
import { clientFor } from './servers/dumped.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';

const secret = 'hunter2-canary';
const major = '17';
const versionNumber = 170_000;

let certificates: string;
let authority: Certificate;
let stranger: Certificate;
let plain: PostgresServer;
let secured: PostgresServer;
let expired: PostgresServer;

beforeAll(async () => {
  certificates = await mkdtemp(join(tmpdir(), 'pgcairn-certificates-'));
  authority = await makeAuthority(certificates);
  stranger = await makeAuthority(certificates, 'stranger');
  const issue = (name: string, rest: { subjectAltName: string; expired?: boolean }) =>
    issueCertificate(certificates, authority, { name, ...rest });
  const hba = [
    'host all refused all reject',
    'hostssl all plain_only all reject',
    'hostnossl all tls_only all reject',
    'hostssl all certified all cert',
  ];
  plain = await startServer(major, { hba: hba.slice(0, 1) });
  const named = await issue('named', { subjectAltName: 'DNS:localhost' });
  secured = await startServer(major, { tls: named, hba, clientAuthority: authority });
  expired = await startServer(major, {
    tls: await issue('expired', { subjectAltName: 'DNS:localhost,IP:127.0.0.1', expired: true }),
  });
  for (const role of ['refused', 'plain_only', 'tls_only', 'certified']) {
    await secured.sql(`CREATE ROLE ${role} LOGIN PASSWORD '${secret}'`);
  }
  await plain.sql(`CREATE ROLE refused LOGIN PASSWORD '${secret}'`);
  await plain.sql('CREATE DATABASE closed; ALTER DATABASE closed ALLOW_CONNECTIONS false');
  await plain.sql(`CREATE ROLE outsider LOGIN PASSWORD '${secret}'; CREATE DATABASE members`);
  await plain.sql('REVOKE CONNECT ON DATABASE members FROM PUBLIC');
});
afterAll(async () => {
  await Promise.all([plain?.stop(), secured?.stop(), expired?.stop()]);
  await rm(certificates, { recursive: true, force: true });
});

interface Mounted {
  readonly ca?: Certificate;
  readonly client?: Certificate;
}

async function withConnection<Result>(
  server: PostgresServer,
  choice: ConnectionChoice & Mounted,
  work: (connection: Connection, worker: WorkerRoot) => Promise<Result>,
): Promise<Result> {
  const worker = await makeWorkerRoot();
  try {
    const { ca, client } = choice;
    if (ca !== undefined) await worker.secret('connection-ca', { 'ca.crt': await readFile(ca.certificate) });
    if (client !== undefined) {
      const files = { 'tls.crt': await readFile(client.certificate), 'tls.key': await readFile(client.key) };
      await worker.secret('connection-client', files);
    }
    return await work(await connectionTo(server, worker, choice), worker);
  } finally {
    await worker.remove();
  }
}

const verified = (mode: string) => ({ mode, caSecretKeyRef: { name: 'ca', key: 'ca.crt' } });

async function isEncrypted(connection: Connection): Promise<boolean | undefined> {
  const [row] = await withSession(await connect(connection, 'postgres'), (session) =>
    session.query<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'),
  );
  return row?.ssl;
}

describe('connect', () => {
  it.each([
    ['Prefer', 'a server without TLS', () => plain, { tls: { mode: 'Prefer' } }, false],
    ['Prefer', 'a server with TLS', () => secured, { tls: { mode: 'Prefer' } }, true],
    ['Prefer', 'a server with an expired certificate', () => expired, { tls: { mode: 'Prefer' } }, true],
    [
      'Prefer',
      'a role that may only come in the clear',
      () => secured,
      { tls: { mode: 'Prefer' }, user: 'plain_only', password: secret },
      false,
    ],
    ['Disable', 'a server with TLS', () => secured, { tls: { mode: 'Disable' } }, false],
    ['Require', 'a certificate that nobody vouches for', () => secured, { tls: { mode: 'Require' } }, true],
    ['VerifyCA', 'a certificate for another name', () => secured, { tls: verified('VerifyCA') }, true],
    [
      'VerifyFull',
      'a certificate for this name',
      () => secured,
      { tls: verified('VerifyFull'), host: 'localhost' },
      true,
    ],
  ])('with mode %s takes %s, and so does libpq', async (_, __, server, choice, encrypted) => {
    await withConnection(server(), { ...choice, ca: authority }, async (connection) => {
      expect(await isEncrypted(connection)).toBe(encrypted);
      expect(await globalsWords(connection)).toBe('');
    });
  });

  it('shows its certificate to a server that asks for one', async () => {
    const client = await issueCertificate(certificates, authority, {
      name: 'certified',
      subjectAltName: 'DNS:x',
    });
    const tls = { ...verified('VerifyCA'), clientCertSecretRef: { name: 'client' } };
    await withConnection(secured, { tls, user: 'certified', ca: authority, client }, async (connection) => {
      expect(await isEncrypted(connection)).toBe(true);
      expect(await globalsWords(connection)).toBe('');
    });
  });

  it.each([
    [
      'Require',
      'no TLS',
      () => plain,
      { tls: { mode: 'Require' } },
      'DatabaseTlsUnavailable',
      /does not offer TLS/,
    ],
    [
      'VerifyCA',
      'an unknown authority',
      () => secured,
      { tls: verified('VerifyCA'), ca: () => stranger },
      'DatabaseTlsNotTrusted',
      /authority that is not the one given/,
    ],
    [
      'VerifyFull',
      'another name',
      () => secured,
      { tls: verified('VerifyFull') },
      'DatabaseTlsNotTrusted',
      /another host name/,
    ],
    [
      'VerifyFull',
      'only public authorities',
      () => secured,
      { tls: { mode: 'VerifyFull' }, host: 'localhost' },
      'DatabaseTlsNotTrusted',
      /authority/,
    ],
    [
      'VerifyFull',
      'an expired certificate',
      () => expired,
      { tls: verified('VerifyFull') },
      'DatabaseTlsNotTrusted',
      /has expired/,
    ],
  ])(
    'with mode %s refuses %s, and so does libpq',
    async (
      _,
      __,
      server,
      { ca, ...choice }: ConnectionChoice & { ca?: () => Certificate },
      reason,
      message,
    ) => {
      const mounted = { ...choice, ca: ca?.() ?? authority };
      await withConnection(server(), mounted, async (connection) => {
        await expect(connect(connection, 'postgres')).rejects.toMatchObject({
          reason,
          message: expect.stringMatching(message) as string,
        });
        expect(await globalsWords(connection)).toMatch(/SSL|certificate/);
      });
    },
  );

  it.each([
    [
      'a wrong password',
      { password: secret },
      'postgres',
      'WrongPassword',
      /refused the password of user postgres/,
    ],
    ['an unknown user', { user: 'nobody', password: secret }, 'postgres', 'WrongPassword', /user nobody/],
    [
      'a user whom pg_hba.conf rejects',
      { user: 'refused', password: secret },
      'postgres',
      'WrongPassword',
      /pg_hba\.conf/,
    ],
    ['an absent database', {}, 'shop', 'DatabaseAbsent', /has no database shop/],
    ['a database that takes no connections', {}, 'closed', 'DatabaseAbsent', /closed/],
    [
      'a database without CONNECT',
      { user: 'outsider', password: secret },
      'members',
      'PrivilegeMissing',
      /GRANT CONNECT ON DATABASE "members" TO "outsider";/,
    ],
    [
      'a port where nothing listens',
      { port: 1 },
      'postgres',
      'CannotConnect',
      /nothing listens at 127\.0\.0\.1:1/,
    ],
  ])('names %s', async (_, choice, database, reason, message) => {
    await withConnection(plain, { ...choice, tls: { mode: 'Prefer' } }, async (connection) => {
      const failure = await connect(connection, database).catch((error: Error) => error);
      expect(failure).toMatchObject({ reason, message: expect.stringMatching(message) as string });
      expect(JSON.stringify([(failure as Error).message, (failure as Error).cause])).not.toContain(secret);
    });
  });

  it('names a server that never answers', { timeout: 60_000 }, async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    await withConnection(plain, { port, tls: { mode: 'Disable' } }, async (connection) => {
      await expect(connect(connection, 'postgres')).rejects.toMatchObject({
        reason: 'CannotConnect',
        message: expect.stringMatching(/did not answer in time/) as string,
        retriable: true,
      });
    });
    silent.close();
  });

  it('names a server that has no connection left, and one that shuts down, as worth another try', async () => {
    const small = await startServer(major, {
      settings: { max_connections: '5', superuser_reserved_connections: '0' },
    });
    try {
      await withConnection(small, {}, async (connection) => {
        const taken = await Promise.all(Array.from({ length: 5 }, () => connect(connection, 'postgres')));
        const failure = connect(connection, 'postgres');
        await expect(failure).rejects.toMatchObject({ reason: 'CannotConnect', retriable: true });
        await Promise.all(taken.map((session) => session.close()));
      });
    } finally {
      await small.stop();
    }
  });

  it('says that the connection was lost when the server ends it', async () => {
    await withConnection(plain, {}, async (connection) => {
      const session = await connect(connection, 'postgres');
      const [row] = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const ended = new Promise((resolve) => session.lost.addEventListener('abort', resolve, { once: true }));
      await plain.sql(`SELECT pg_terminate_backend(${row?.pid})`);
      await ended;
      expect(session.lost.reason).toMatchObject({ reason: 'ConnectionLost' });
      await expect(session.query('SELECT 1')).rejects.toMatchObject({ reason: 'ConnectionLost' });
      await session.close();
    });
  });

  it('lifts the timeouts of a role, and trusts no function of a user', async () => {
    await plain.sql(
      `ALTER ROLE outsider SET statement_timeout = '1s'; ALTER ROLE outsider SET search_path = public`,
    );
    const choice = { user: 'outsider', password: secret };
    await withConnection(plain, choice, async (connection) => {
      const session = await connect(connection, 'postgres');
      const [row] = await withSession(session, (open) =>
        open.query(`SELECT current_setting('statement_timeout') AS timeout, current_setting('search_path') AS path,
                      current_setting('row_security') AS rows`),
      );
      expect(row).toEqual({ timeout: '0', path: 'pg_catalog,pg_temp', rows: 'off' });
    });
  });

  it('reads facts about the server', async () => {
    await withConnection(plain, {}, async (connection) => {
      const facts = await withSession(await connect(connection, 'postgres'), readServer);
      expect(facts).toMatchObject({
        version: expect.stringMatching(/^17\.\d+$/) as string,
        inRecovery: false,
        systemIdentifier: expect.stringMatching(/^\d{19}$/) as string,
      });
      expect(facts.databases.map(({ name }) => name)).toEqual(['members', 'postgres']);
      expect(facts.sizeBytes).toBeGreaterThan(10_000_000);
    });
  });

  it('reads what it may when the user is nobody in particular', async () => {
    await withConnection(plain, { user: 'outsider', password: secret }, async (connection) => {
      const facts = await withSession(await connect(connection, 'postgres'), readServer);
      expect(facts.databases.find(({ name }) => name === 'members')).not.toHaveProperty('sizeBytes');
    });
  });
});

it('lets go of a server that does not answer any more', async () => {
  const silent = createServer((client) => {
    const server = netConnect(plain.port, plain.host);
    client.on('data', (chunk) => hung || server.write(chunk)).on('error', () => undefined);
    server.on('data', (chunk) => hung || client.write(chunk)).on('error', () => undefined);
  });
  let hung = false;
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  await withConnection(plain, { port }, async (connection) => {
    const session = await connect(connection, 'postgres');
    hung = true;
    await session.close();
    expect(session.lost.aborted).toBe(false);
  });
  silent.close();
});

it('reads the same Secret from a uri', async () => {
  const worker = await makeWorkerRoot();
  try {
    const uri = `postgresql://postgres:${plain.password}@127.0.0.1:${plain.port}/postgres?sslmode=disable`;
    await worker.secret('connection', { uri });
    const connection = await readConnection(worker.root, ConnectionSpec.parse({ secretRef: { name: 'db' } }));
    const session = await connect(connection, connection.database);
    expect(session.versionNumber).toBeGreaterThanOrEqual(170_000);
    await session.close();
  } finally {
    await worker.remove();
  }
});

/** What pg_dumpall says when it connects: empty when all is well. */
async function globalsWords(connection: Connection): Promise<string> {
  const client = await clientFor(versionNumber);
  const globals = startGlobals({
    connection: { ...connection, database: 'postgres' },
    client,
    withPasswords: false,
  });
  return Promise.all([text(globals.stdout), globals.done]).then(
    ([sql]) => (sql.includes('PostgreSQL database cluster dump complete') ? '' : 'cut'),
    (error: Error) => error.message,
  );
}
