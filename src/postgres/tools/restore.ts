import { join } from 'node:path';
import type { ProcessError } from '../../process/process-error.ts';
import { runProcess } from '../../process/run.ts';
import { ProcessError as ProcessEnded } from '../../process/process-error.ts';
import type { ClientPrograms } from '../clients.ts';
import type { Connection } from '../connection.ts';
import { databaseArgument, libpqEnvironment } from '../libpq.ts';
import type { RestoreError } from './restore-progress.ts';
import { readRestoreProgress } from './restore-progress.ts';

export interface RestoreRequest {
  readonly connection: Connection;
  readonly client: ClientPrograms;
  readonly database: string;
  /** A dump in custom format. */
  readonly dumpPath: string;
  /** At least 2: only then pg_restore loads past the write-ahead log. */
  readonly jobs: number;
  /** The dump's subscriptions are left out. */
  readonly withoutSubscriptions: boolean;
  /** Foreign keys that are there before the rows do not hold them up; the user of the connection is a superuser. */
  readonly withoutTriggers: boolean;
  /** Milliseconds that never go back. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export interface RestoreOutcome {
  /** Schema and data. */
  readonly loadSeconds: number;
  /** Indexes, constraints, triggers, materialized views: what came after the last data. */
  readonly indexSeconds: number;
  /** Empty: everything was restored. */
  readonly errors: readonly RestoreError[];
}

/**
 * Restores a dump into an empty database with pg_restore, in parallel, owners and grants included. An index is built
 * as soon as its table is loaded, so that loading and building overlap. It goes on after an error, so that all of
 * them are known. Errors: the reason of the signal.
 */
export async function runRestore(request: RestoreRequest): Promise<RestoreOutcome> {
  const { connection, client, database, dumpPath, now, signal } = request;
  const progress = readRestoreProgress(now);
  const start = now();
  const ended = await runProcess({
    program: join(client.bin, 'pg_restore'),
    args: [
      '--format=custom',
      '--no-password',
      '--verbose',
      // Those of the live server are not here.
      '--no-tablespaces',
      ...(request.withoutSubscriptions ? ['--no-subscriptions'] : []),
      `--jobs=${String(request.jobs)}`,
      databaseArgument(database),
      dumpPath,
    ],
    env: {
      ...libpqEnvironment(connection, database),
      ...(request.withoutTriggers ? { PGOPTIONS: '-c session_replication_role=replica' } : {}),
    },
    onStderrLine: (line) => progress.line(line),
    signal,
  }).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof ProcessEnded) return error;
      throw error;
    },
  );
  signal.throwIfAborted();
  const end = now();
  const dataEnd = progress.dataEnd ?? end;
  return {
    loadSeconds: (dataEnd - start) / 1000,
    indexSeconds: (end - dataEnd) / 1000,
    errors: ended === undefined ? [] : errorsOf(progress.errors, ended),
  };
}

/** What it said before it was killed is not all that went wrong: with 1 it ends by itself. */
export function errorsOf(errors: readonly RestoreError[], ended: ProcessError): readonly RestoreError[] {
  if (ended.exitCode === undefined) return [...errors, { words: endingOf(ended) }];
  return errors.length > 0 ? errors : [{ words: ended.message }];
}

function endingOf({ signal, message }: ProcessError): string {
  return signal === undefined ? message : `pg_restore was ended by ${signal}`;
}
