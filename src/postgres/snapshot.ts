import type { Connection } from './connection.ts';
import { connect } from './connect.ts';
import type { ReplayPoint } from './replay-point.ts';
import { readReplayPoint } from './replay-point.ts';
import type { Session } from './session.ts';

/** One moment of a database, held open so that several sessions and pg_dump see the same. */
export interface Snapshot {
  /** For `SET TRANSACTION SNAPSHOT` and `pg_dump --snapshot`. Valid until `close`. */
  readonly id: string;
  /**
   * RFC 3339 in UTC: everything committed before is in. By the server's clock; on a standby the point up to which it is
   * known to have followed its primary.
   */
  readonly time: string;
  /** Of a standby. */
  readonly replayPoint?: ReplayPoint;
  /** The transaction that holds it: aborts when the snapshot is gone. */
  readonly lost: AbortSignal;
  readonly database: string;
  close(): Promise<void>;
}

const begin = 'BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY';

/** Opens a snapshot; works on a standby too. Errors: as `connect`; `Failure` ReplayPointUnknown. */
export async function openSnapshot(connection: Connection, database: string): Promise<Snapshot> {
  const session = await connect(connection, database);
  try {
    const replayPoint = await readReplayPoint(session);
    await session.query(begin);
    const [row] = await session.query<{ id: string; time: Date }>(
      'SELECT pg_export_snapshot() AS id, now() AS time',
    );
    if (row === undefined) throw new Error('pg_export_snapshot returned nothing');
    return {
      id: row.id,
      time: (replayPoint?.time ?? row.time).toISOString(),
      ...(replayPoint === undefined ? {} : { replayPoint }),
      lost: session.lost,
      database,
      close: () => session.close(),
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Begins a transaction of `session` that sees what the snapshot saw. It ends with the session. */
export async function joinSnapshot(session: Session, snapshot: Pick<Snapshot, 'id'>): Promise<void> {
  await session.query(begin);
  // The statement takes no parameter. The id is the server's own word, of digits, hyphens and letters A to F.
  await session.query(`SET TRANSACTION SNAPSHOT '${snapshot.id.replaceAll(/[^0-9A-F-]/g, '')}'`);
}
