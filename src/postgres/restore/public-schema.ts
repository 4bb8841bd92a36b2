import type { Session } from '../session.ts';

/**
 * Takes from everybody what servers before 15 let them do in schema `public` of a new database: make things there.
 * From 15 on pg_dump writes the privileges of this schema as changes to what newer servers begin with, also when it
 * dumps an older one. Without this a restore would give back to everybody what the owner has taken from them.
 */
export async function preparePublicSchema(session: Session, clientMajor: number): Promise<void> {
  if (session.versionNumber >= 150_000 || clientMajor < 15) return;
  await session.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
}
