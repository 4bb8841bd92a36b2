import { Failure } from '../domain/failure.ts';
import { pooledMessage } from './connect-errors.ts';
import type { Session } from './session.ts';

export interface Suspect {
  readonly session: Session;
  /** The process that the server announced for this session. */
  readonly announcedProcessId: number | undefined;
  /** `server host:port`, for the message. */
  readonly server: string;
  /** Opens a second session beside the first. */
  readonly openAnother: () => Promise<Session>;
}

/**
 * Refuses an endpoint where sessions share server processes. A pooler either rejects the startup options (told apart in
 * connect-errors.ts), or drops them, or hands a process from client to client. One that only relays, and so announces
 * another process id, is no danger: a transaction and its snapshot stay whole there.
 * Errors: `Failure` PooledEndpoint.
 */
export async function refusePooler(suspect: Suspect): Promise<void> {
  const { pid, path } = await probe(suspect.session);
  const pooled = (evidence: string): Failure =>
    new Failure('PooledEndpoint', pooledMessage(suspect.server, evidence));
  if (path.replaceAll(' ', '') !== 'pg_catalog,pg_temp') throw pooled('it drops startup options');
  if (pid === suspect.announcedProcessId) return;
  const another = await suspect.openAnother();
  try {
    const other = await probe(another);
    const again = await probe(suspect.session);
    if (other.pid === pid || again.pid !== pid) throw pooled('two clients share one server process');
  } finally {
    await another.close();
  }
}

async function probe(session: Session): Promise<{ pid: number; path: string }> {
  const [row] = await session.query<{ pid: number; path: string }>(
    `SELECT pg_catalog.pg_backend_pid() AS pid, pg_catalog.current_setting('search_path') AS path`,
  );
  return row ?? { pid: 0, path: '' };
}
