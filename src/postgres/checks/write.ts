import { randomUUID } from 'node:crypto';
import { counted } from '../../domain/amounts.ts';
import type { Session } from '../session.ts';
import { makeOwnSchema, readWrite } from './read-write.ts';

/**
 * Makes a table in a schema of its own, writes a row by one session, reads it by another, and removes it all. Returns
 * what went wrong, for a person; errors: those of the sessions.
 */
export async function tryWrite(writer: Session, reader: Session): Promise<string | undefined> {
  const word = randomUUID();
  const schema = await makeOwnSchema(writer, 'pgcairn_write');
  try {
    await readWrite(writer, [
      `CREATE TABLE ${schema}.trial (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, word text NOT NULL)`,
      `INSERT INTO ${schema}.trial (word) VALUES ('${word}')`,
    ]);
    const rows = await reader.query<{ word: string }>(`SELECT word FROM ${schema}.trial`);
    return rows.length === 1 && rows[0]?.word === word
      ? undefined
      : `another session read ${counted(rows.length, 'row')}, and not the one that was written`;
  } finally {
    if (!writer.lost.aborted) await readWrite(writer, [`DROP SCHEMA ${schema} CASCADE`]);
  }
}
