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
    while (all.length < count) all.push(await connect(connection, database));
    for (const session of all) await session.query('SET ROLE NONE');
    signal.throwIfAborted();
  } catch (error) {
    await close();
    throw error;
  }
  return { all, close };
}

/**
 * Does the work of every item, in the order given, each on the session that is free next. The results have the order
 * of the items. The first error ends it, once the work that had begun is over.
 */
export async function onSessions<Item, Result>(
  sessions: readonly Session[],
  items: readonly Item[],
  work: (session: Session, item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  let failed = false;
  const ends = await Promise.allSettled(
    sessions.map(async (session) => {
      try {
        for (const [index, item] of queue) {
          if (failed) return;
          results[index] = await work(session, item);
        }
      } catch (error) {
        failed = true;
        throw error;
      }
    }),
  );
  const rejected = ends.find((end) => end.status === 'rejected');
  if (rejected !== undefined) throw rejected.reason;
  return results;
}
