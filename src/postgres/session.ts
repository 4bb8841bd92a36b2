import type { Duplex } from 'node:stream';
import type { Client } from 'pg';
import { Failure } from '../domain/failure.ts';
import { sessionFailure } from './session-errors.ts';

/** One connection to one database. Errors of the connection itself are `Failure`; those of SQL stay as `pg` has them. */
export interface Session {
  readonly database: string;
  /** As in server_version_num: 160009 is 16.9. */
  readonly versionNumber: number;
  /** Runs one statement. `int8` comes as a number. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs text that holds exactly one statement, and returns the rows as the server writes them; null is NULL. */
  queryTexts(sql: string): Promise<(string | null)[][]>;
  /** Aborts when the connection breaks although nobody closed it; the reason is a `Failure`. */
  readonly lost: AbortSignal;
  /** Ends the connection, also while a statement runs. Never fails. */
  close(): Promise<void>;
}

/** Takes over a client that is connected. */
export function sessionOver(client: Client, database: string, versionNumber: number): Session {
  const lost = new AbortController();
  let closing = false;
  // Without a listener the 'error' of an idle connection would end the process.
  client.on('error', (error) => lose(error));
  client.on('end', () => lose(new Error('the server closed the connection')));
  function lose(cause: Error): void {
    if (closing || lost.signal.aborted) return;
    lost.abort(sessionFailure(cause, database) ?? connectionLost(database, cause));
  }
  async function rowsOf<Row>(query: Promise<{ rows: Row[] }>): Promise<Row[]> {
    try {
      return (await query).rows;
    } catch (error) {
      throw lost.signal.aborted ? lost.signal.reason : (sessionFailure(error, database) ?? error);
    }
  }
  return {
    database,
    versionNumber,
    lost: lost.signal,
    query: <Row extends object>(sql: string, values: readonly unknown[] = []) =>
      rowsOf(client.query<Row>(sql, [...values])),
    queryTexts: (text) => rowsOf(client.query<(string | null)[]>({ text, ...oneStatementAsText })),
    close: async () => {
      closing = true;
      await endWithin(client, closeMilliseconds);
    },
  };
}

const closeMilliseconds = 2_000;

/** Only the extended protocol refuses text of several statements. */
const oneStatementAsText = {
  rowMode: 'array',
  queryMode: 'extended',
  types: { getTypeParser: () => (value: string) => value },
} as const;

/** Says goodbye to the server; one that does not hear it any more is left without. */
async function endWithin(client: Client, milliseconds: number): Promise<void> {
  const { connection } = client as Client & { readonly connection: { readonly stream: Duplex } };
  const timer = setTimeout(() => connection.stream.destroy(), milliseconds);
  await client.end().catch(() => undefined);
  clearTimeout(timer);
}

/** Runs `work` with a session, and closes it whatever happens. */
export async function withSession<Result>(
  session: Session,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

function connectionLost(database: string, cause: Error): Failure {
  const message = `the connection to database ${database} broke: ${cause.message}`;
  return new Failure('ConnectionLost', message, { cause });
}
