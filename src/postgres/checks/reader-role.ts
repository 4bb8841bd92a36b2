import { randomBytes } from 'node:crypto';
import type { Connection } from '../connection.ts';
import { quoteIdentifier } from '../quote.ts';
import type { Session } from '../session.ts';
import { readWrite } from './read-write.ts';

/** A role that may read everything and do nothing else. It logs in itself: nothing leads back to another role. */
export interface ReaderRole {
  /** The connection of the session that made it, as this role. */
  readonly connection: Connection;
  remove(): Promise<void>;
}

/**
 * Makes the role for the database of the session. Row security does not hide rows from it: what is asserted is asserted
 * of the whole. Functions of the database that run as their owner are the one way to more, as they are at the source.
 */
export async function makeReaderRole(session: Session, connection: Connection): Promise<ReaderRole> {
  const user = await freeName(session);
  const role = quoteIdentifier(user);
  const password = randomBytes(24).toString('base64url');
  await readWrite(session, [
    `CREATE ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS PASSWORD '${password}'`,
    `GRANT CONNECT ON DATABASE ${quoteIdentifier(session.database)} TO ${role}`,
    ...(session.versionNumber >= 140_000
      ? [`GRANT pg_read_all_data TO ${role}`]
      : await grantsOfEverything(session, role)),
  ]);
  const { passwordFile: _, ...rest } = connection;
  return {
    connection: { ...rest, user, password },
    remove: async () => {
      if (session.lost.aborted) return;
      await readWrite(session, [`DROP OWNED BY ${role}`, `DROP ROLE ${role}`]);
    },
  };
}

async function freeName(session: Session): Promise<string> {
  const rows = await session.query<{ name: string }>('SELECT rolname::text AS name FROM pg_roles');
  const taken = new Set(rows.map(({ name }) => name));
  let name = 'pgcairn_reader';
  for (let number = 2; taken.has(name); number += 1) name = `pgcairn_reader_${String(number)}`;
  return name;
}

async function grantsOfEverything(session: Session, role: string): Promise<string[]> {
  const rows = await session.query<{ schema: string }>(
    `SELECT nspname::text AS schema FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`,
  );
  return rows.flatMap(({ schema }) => {
    const name = quoteIdentifier(schema);
    return [
      `GRANT USAGE ON SCHEMA ${name} TO ${role}`,
      `GRANT SELECT ON ALL TABLES IN SCHEMA ${name} TO ${role}`,
      `GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${name} TO ${role}`,
    ];
  });
}
