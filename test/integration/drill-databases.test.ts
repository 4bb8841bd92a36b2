import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServerMajor } from '../../scripts/tools/postgres.ts';
import type { CollationFact } from '../../src/domain/inventory.ts';
import { connect } from '../../src/postgres/connect.ts';
import { createDatabase } from '../../src/postgres/restore/database.ts';
import { withSession } from '../../src/postgres/session.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';

const libc = (locale: string): CollationFact => ({ provider: 'libc', collate: locale, ctype: locale });

describe.each<ServerMajor>(['13', '15', '17'])('PostgreSQL %s', (major) => {
  let server: PostgresServer;
  let scratch: string;
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'pgcairn-test-'));
    server = await startServer(major);
  });
  afterAll(async () => {
    await server?.stop();
    await rm(scratch, { recursive: true });
  });

  const make = async (encoding: string, collation: CollationFact): Promise<string[]> => {
    const { host, port, user, password } = server;
    const tls = { mode: 'Disable' } as const;
    const session = await connect(
      { host, port, user, password, tls, scratch, database: 'postgres' },
      'postgres',
    );
    const form = { database: 'It\'s "the" one', owner: 'postgres', encoding, collation };
    return await withSession(session, () => createDatabase(session, form));
  };
  const made = (column: string): Promise<string> =>
    server.sql(`SELECT ${column} FROM pg_database WHERE datname LIKE 'It%'`);

  test.each([
    ['UTF8', 'C'],
    ['UTF8', 'C.UTF-8'],
    ['LATIN1', 'C'],
    ['SQL_ASCII', 'C'],
  ])('a database in %s with locale %s, in place of the one before', async (encoding, locale) => {
    expect(await make(encoding, libc(locale))).toEqual([]);
    expect(await made(`pg_encoding_to_char(encoding) || datcollate || datctype`)).toBe(
      `${encoding}${locale}${locale}`,
    );
  });

  test.each([
    ['UTF8', libc('xx_YY.UTF-8'), 'C.UTF-8'],
    ['LATIN1', libc('xx_YY'), 'C'],
  ])(
    'in %s one of a locale that is not here sorts in another order, and says so',
    async (encoding, collation, is) => {
      const notes = await make(encoding, collation);
      expect(notes.join()).toMatch(`has the locale ${is} instead of`);
      expect(await made('datcollate')).toBe(is);
    },
  );
});

const byCodePoint = { collate: 'C', ctype: 'C' };
test.each<[ServerMajor, CollationFact, string]>([
  ['17', { provider: 'builtin', locale: 'C.UTF-8', ...byCodePoint }, 'builtin C.UTF-8'],
  // The servers of these tests are built without ICU.
  ['17', { provider: 'icu', locale: 'de-AT', ...byCodePoint }, 'libc C.UTF-8'],
  ['15', { provider: 'icu', locale: 'de-AT', ...byCodePoint }, 'libc C.UTF-8'],
])('PostgreSQL %s makes the nearest to %o', async (major, collation, expected) => {
  const scratch = await mkdtemp(join(tmpdir(), 'pgcairn-test-'));
  const server = await startServer(major);
  try {
    const { host, port, user, password } = server;
    const tls = { mode: 'Disable' } as const;
    const session = await connect(
      { host, port, user, password, tls, scratch, database: 'postgres' },
      'postgres',
    );
    const form = { database: 'shop', owner: 'postgres', encoding: 'UTF8', collation };
    const notes = await withSession(session, () => createDatabase(session, form));
    const locale = major === '15' ? 'daticulocale' : 'datlocale';
    const made = await server.sql(
      `SELECT CASE datlocprovider WHEN 'b' THEN 'builtin ' ELSE 'libc ' END || coalesce(${locale}, datcollate)
       FROM pg_database WHERE datname = 'shop'`,
    );
    expect(made).toBe(expected);
    expect(notes).toHaveLength(expected.startsWith('builtin') ? 0 : 1);
  } finally {
    await server.stop();
    await rm(scratch, { recursive: true });
  }
});
