import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { ProcessEnd } from '../../process/run.ts';
import { startProcess } from '../../process/run.ts';
import type { ClientPrograms } from '../clients.ts';
import type { Connection } from '../connection.ts';
import { libpqEnvironment } from '../libpq.ts';
import type { DumpChoice } from './dump-arguments.ts';
import { dumpArguments } from './dump-arguments.ts';
import { dumpFailure } from './dump-errors.ts';

export interface DumpRequest extends Omit<DumpChoice, 'clientMajor'> {
  readonly connection: Connection;
  readonly client: ClientPrograms;
  readonly signal?: AbortSignal;
}

export interface RunningDump {
  /** The archive. It ends only after pg_dump ended with 0, otherwise it is destroyed with a `Failure`. */
  readonly stdout: Readable;
  /** Resolves, with what pg_dump warned of, after it ended with 0. Needs stdout to be read. */
  readonly done: Promise<ProcessEnd>;
}

/**
 * Starts pg_dump in custom format, compressed as `compressionOf` says. Errors, on both `stdout` and `done`: `Failure`
 * LockTimeout, RecoveryConflict, ConnectionLost, PrivilegeMissing, RowSecurity, LockCapacity, NothingMatches,
 * Interrupted, DumpFailed, and those of connecting.
 */
export function startDump(request: DumpRequest): RunningDump {
  const { connection, client, database, signal } = request;
  return startProcess({
    program: join(client.bin, 'pg_dump'),
    args: dumpArguments({ ...request, clientMajor: client.major }),
    env: libpqEnvironment(connection, database),
    explain: (error) => dumpFailure(error, `database ${database}`),
    ...(signal === undefined ? {} : { signal }),
  });
}
