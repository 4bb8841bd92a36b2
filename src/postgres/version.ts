import { Failure } from '../domain/failure.ts';

const oldestServerMajor = 13;
/** Writes archives that older servers can restore: zstd, but no `SET transaction_timeout`. */
const majorForOlderServers = 16;

export function majorOf(versionNumber: number): number {
  return Math.floor(versionNumber / 10_000);
}

/**
 * Major of the client programs for a server: the server's own from 16 on, 16 for 13 to 15. Where that one is absent, the
 * nearest newer one (it reads every older server), and for 13 to 15 before that the server's own up to 15.
 * Errors: `Failure` ServerTooOld, ServerTooNew.
 */
export function clientMajorFor(versionNumber: number, available: readonly number[]): number {
  const server = majorOf(versionNumber);
  if (server < oldestServerMajor) {
    throw new Failure(
      'ServerTooOld',
      `the server is PostgreSQL ${server}; ${oldestServerMajor} is the oldest that works`,
    );
  }
  const wanted = Math.max(server, majorForOlderServers);
  if (available.includes(wanted)) return wanted;
  const able = available.filter((major) => major >= server).toSorted((a, b) => a - b);
  const nearest = able.find((major) => major < wanted) ?? able[0];
  if (nearest !== undefined) return nearest;
  const newest = Math.max(...available, 0);
  throw new Failure(
    'ServerTooNew',
    newest === 0
      ? 'no PostgreSQL client programs are installed here'
      : `the server is PostgreSQL ${server}; the newest client here is ${newest}, and an older client cannot dump a newer server (from the command line, --postgres names newer ones)`,
  );
}
