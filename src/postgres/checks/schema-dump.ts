import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { startProcess } from '../../process/run.ts';
import { readContents } from '../../stream/pg-archive/contents.ts';
import type { TocEntry } from '../../stream/pg-archive/format.ts';
import type { ClientPrograms } from '../clients.ts';
import type { Connection } from '../connection.ts';
import { databaseArgument, libpqEnvironment } from '../libpq.ts';
import { dumpFailure } from '../tools/dump-errors.ts';

export interface SchemaDumpRequest {
  readonly connection: Connection;
  readonly client: ClientPrograms;
  readonly database: string;
  /** Of the moment whose schema is dumped. */
  readonly snapshotId: string;
  /** As `name=value`, for the session of pg_dump. */
  readonly settings: readonly string[];
  readonly signal: AbortSignal;
}

/** Dumps the schema of a database in memory, and reads what pg_dump says of every object. Errors: as `startDump`. */
export async function dumpSchema(request: SchemaDumpRequest): Promise<TocEntry[]> {
  const { connection, client, database, snapshotId, settings, signal } = request;
  const { stdout, done } = startProcess({
    program: join(client.bin, 'pg_dump'),
    args: [
      '--format=custom',
      '--compress=0',
      '--schema-only',
      '--no-password',
      `--snapshot=${snapshotId}`,
      databaseArgument(database),
    ],
    env: {
      ...libpqEnvironment(connection, database),
      PGOPTIONS: settings.map((setting) => `-c ${setting.replaceAll(/[\\ ]/g, '\\$&')}`).join(' '),
    },
    explain: (error) => dumpFailure(error, `the restored database ${database}`),
    signal,
  });
  const [archive] = await Promise.all([buffer(stdout), done]);
  return await readContents(Readable.from([archive]), { withDefinitions: true });
}
