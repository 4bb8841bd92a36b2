import { join } from 'node:path';
import { startProcess } from '../../process/run.ts';
import type { ClientPrograms } from '../clients.ts';
import type { Connection } from '../connection.ts';
import { databaseArgument, libpqEnvironment } from '../libpq.ts';
import type { RunningDump } from './dump.ts';
import { dumpFailure } from './dump-errors.ts';

export interface GlobalsRequest {
  readonly connection: Connection;
  readonly client: ClientPrograms;
  /** With passwords pg_authid has to be readable, which takes a superuser. */
  readonly withPasswords: boolean;
  readonly signal?: AbortSignal;
}

/** Starts pg_dumpall for roles, memberships, tablespaces and settings, as SQL text. Errors: as `startDump`. */
export function startGlobals({ connection, client, withPasswords, signal }: GlobalsRequest): RunningDump {
  return startProcess({
    program: join(client.bin, 'pg_dumpall'),
    args: [
      '--globals-only',
      '--no-password',
      ...(withPasswords ? [] : ['--no-role-passwords']),
      databaseArgument(connection.database),
    ],
    env: libpqEnvironment(connection, connection.database),
    explain: (error) => dumpFailure(error, 'the globals'),
    ...(signal === undefined ? {} : { signal }),
  });
}
