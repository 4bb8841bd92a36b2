import { Failure } from '../domain/failure.ts';
import type { Session } from './session.ts';

/** How far a standby has come in what its primary did. */
export interface ReplayPoint {
  /** Everything that the primary committed before is there. Later than that is known of nothing. */
  readonly time: Date;
  /** From `time` to now by the standby's clock: it is at most so far behind. */
  readonly behindSeconds: number;
  readonly paused: boolean;
  /** The user may not see what the WAL receiver hears: an idle primary looks as a lost one does. */
  readonly blind: boolean;
}

interface Row {
  readonly now: Date;
  readonly isStandby: boolean;
  readonly replayed: Date | null;
}

/** What the standby heard last, where it has replayed all that there was to replay when that was sent. */
interface Receiver {
  readonly blind: boolean;
  readonly heard: Date | null;
}

const receiverSql = `
SELECT status IS NULL AS blind,
       CASE WHEN status = 'streaming' AND pg_last_wal_replay_lsn() >= latest_end_lsn
            THEN least(last_msg_send_time, last_msg_receipt_time) END AS heard
FROM pg_stat_wal_receiver`;

/**
 * Undefined on a primary. Read it before the snapshot whose data it is to date. The time of the last commit that was
 * replayed stands; while nothing sent is left to replay, so does the last word of the primary, which also an idle one
 * gives; and the time of the last checkpoint, since a standby that has just started may know of nothing else. All are
 * lower bounds, so that the latest counts. Errors: `Failure` ReplayPointUnknown; those of the session.
 */
export async function readReplayPoint(session: Session): Promise<ReplayPoint | undefined> {
  const [row] = await session.query<Row>(
    `SELECT clock_timestamp() AS now, pg_is_in_recovery() AS "isStandby",
            pg_last_xact_replay_timestamp() AS replayed`,
  );
  if (row?.isStandby !== true) return undefined;
  const [receiver] = await readIfMay<Receiver>(session, receiverSql);
  const [checkpoint] = await readIfMay<{ time: Date }>(
    session,
    'SELECT checkpoint_time AS time FROM pg_control_checkpoint()',
  );
  const [replay] = await readIfMay<{ paused: boolean }>(
    session,
    'SELECT pg_is_wal_replay_paused() AS paused',
  );
  const known = [row.replayed, receiver?.heard, checkpoint?.time].filter(
    (time) => time !== undefined && time !== null,
  );
  if (known.length === 0) throw unknown(session.database);
  const newest = Math.max(...known.map((time) => time.getTime()));
  // A primary whose clock is ahead cannot make the data newer than now.
  const time = new Date(Math.min(newest, row.now.getTime()));
  return {
    time,
    behindSeconds: (row.now.getTime() - time.getTime()) / 1000,
    paused: replay?.paused ?? false,
    blind: receiver?.blind ?? false,
  };
}

/** Nothing where the function is withheld, or not there as with servers that only resemble PostgreSQL. */
async function readIfMay<Found extends object>(session: Session, sql: string): Promise<Found[]> {
  return await session.query<Found>(sql).catch((error: unknown) => {
    if (session.lost.aborted) throw error;
    return [];
  });
}

function unknown(database: string): Failure {
  return new Failure(
    'ReplayPointUnknown',
    `database ${database}: the server is a standby that does not say up to when its data goes: it has replayed no transaction since it started, it receives from no primary as far as the user may see, and pg_control_checkpoint() is withheld`,
  );
}
