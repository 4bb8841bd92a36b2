import { connect } from '../connect.ts';
import type { Connection } from '../connection.ts';
import type { Session } from '../session.ts';

/** Sessions with one database, for work that goes on side by side. */
export interface Sessions {
  readonly all: readonly [Session, ...Session[]];
  close(): Promise<void>;
}

/**
 * Opens `count` sessions, one at least; `signal` closes them. A role that the database sets for its sessions has no say
 * in them. Errors: as `connect`.
 */
export async function openSessions(
  connection: Connection,
  database: string,
  { count, signal }: { readonly count: number; readonly signal: AbortSignal },
): Promise<Sessions> {
  signal.throwIfAborted();
  const first = await connect(connection, database);
  const all: [Session, ...Session[]] = [first];
  const close = async (): Promise<void> => {
    signal.removeEventListener('abort', onAbort);
    await Promise.all(all.map((session) => session.close()));
  };
  const onAbort = (): void => void close();
  signal.addEventListener('abort', onAbort);
  try {
    const others = Array.from({ length: count - 1 }, async () => {
      all.push(await connect(connection, database));
    });
    await Promise.allSettled(others);
    await Promise.all(others);
    await Promise.all(all.map((session) => session.query('SET ROLE NONE')));
    signal.throwIfAborted();
  } catch (error) {
    await close();
    throw error;
  }
  return { all, close };
}
