import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { drillServerFaultFile, drillServerPort, drillServerUser } from '../../domain/drill-server.ts';
import { Failure } from '../../domain/failure.ts';
import { connect } from '../../postgres/connect.ts';
import type { Connection } from '../../postgres/connection.ts';
import type { Session } from '../../postgres/session.ts';
import { withSession } from '../../postgres/session.ts';
import { majorOf } from '../../postgres/version.ts';
import { workerPaths } from '../../task/paths.ts';
import type { DrillContext } from './ledger.ts';
import type { StartedServer } from './local-server.ts';
import { startLocalServer } from './local-server.ts';
import { availableProcessors } from './processors.ts';

/** The throw-away server, up and empty. */
export interface DrillServer {
  readonly connection: Connection;
  readonly versionNumber: number;
  readonly version: string;
  /** How many things it has processors and memory for at once. */
  readonly jobs: number;
  /** Throws `Failure` DrillServerFailed unless it is still the server that it was. */
  requireSame(): Promise<void>;
  stop(): Promise<void>;
}

/** No database of a run has this name, and every server has it. */
const maintenanceDatabase = 'template1';
const patienceMilliseconds = 180_000;
const pauseMilliseconds = 250;

/**
 * Waits for the server beside the worker, or starts one where there is none, and finds out whether it is of `major`.
 * Errors: `Failure` DrillServerFailed, DrillServerUnfit.
 */
export async function openServer(context: DrillContext, major: number): Promise<DrillServer> {
  const { root, localServer, task } = context;
  const started =
    localServer === undefined
      ? undefined
      : await startLocalServer({ root, major, settings: task.spec.server.settings, programs: localServer });
  try {
    const folder = join(root, workerPaths.socket);
    const connection = await waitForServer(context, folder, started);
    const facts = await withSession(await connect(connection, connection.database), readFacts);
    if (majorOf(facts.versionNumber) !== major)
      throw new Failure(
        'DrillServerUnfit',
        `the throw-away server is PostgreSQL ${facts.version}, and the run is of ${String(major)}: set server.image to one of ${String(major)}`,
      );
    return {
      connection,
      ...facts,
      requireSame: () => requireSame(connection, facts.mark),
      stop: async () => started?.stop(),
    };
  } catch (error) {
    await started?.stop();
    throw error;
  }
}

async function waitForServer(
  { root, clock, signal }: DrillContext,
  folder: string,
  started: StartedServer | undefined,
): Promise<Connection> {
  let ended: string | undefined;
  void started?.ended.then((words) => (ended = words));
  const limit = clock.monotonic() + patienceMilliseconds;
  for (;;) {
    // The name of a socket has to be short, and the folder of this one may be a link to a shorter name.
    const host = await realpath(folder).catch(() => folder);
    const connection = socketConnection(host, join(root, workerPaths.scratch));
    const refusal = await tryServer(connection);
    if (refusal === undefined) return connection;
    await throwFault(folder);
    if (ended !== undefined)
      throw new Failure('DrillServerFailed', `the throw-away server ended: ${lastWords(ended)}`);
    if (clock.monotonic() > limit)
      throw new Failure(
        'DrillServerFailed',
        `the throw-away server did not answer within ${String(patienceMilliseconds / 1000)} s: ${refusal}`,
      );
    await clock.sleep(pauseMilliseconds, signal);
  }
}

function socketConnection(host: string, scratch: string): Connection {
  return {
    host,
    port: drillServerPort,
    user: drillServerUser,
    database: maintenanceDatabase,
    tls: { mode: 'Disable' },
    scratch,
  };
}

async function tryServer(connection: Connection): Promise<string | undefined> {
  try {
    await (await connect(connection, connection.database)).close();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** What the script of the server left to be read. */
async function throwFault(folder: string): Promise<void> {
  const fault = await readFile(join(folder, drillServerFaultFile), 'utf8').catch(() => '');
  const [kind = '', ...words] = fault.trim().split(' ');
  if (kind === '') return;
  throw new Failure(
    kind === 'Unfit' ? 'DrillServerUnfit' : 'DrillServerFailed',
    `the throw-away server cannot start: ${words.join(' ')}`,
  );
}

interface ServerFacts {
  readonly versionNumber: number;
  readonly version: string;
  readonly jobs: number;
  /** Another one after each start, and for each server. */
  readonly mark: string;
}

async function readFacts(session: Session): Promise<ServerFacts> {
  const [row] = await session.query<{ version: string; mark: string; processes: number }>(
    `SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
            current_setting('max_parallel_workers')::int AS processes,
            system_identifier || ' ' || pg_postmaster_start_time() AS mark FROM pg_control_system()`,
  );
  if (row === undefined) throw new Error('the server said nothing about itself');
  const { version, mark, processes } = row;
  const jobs = Math.max(2, Math.min(availableProcessors(), processes));
  return { versionNumber: session.versionNumber, version, mark, jobs };
}

async function requireSame(connection: Connection, mark: string): Promise<void> {
  const found = await connect(connection, connection.database)
    .then((session) => withSession(session, readFacts))
    .catch((error: unknown) => {
      const words = (error as Error).message;
      throw new Failure('DrillServerFailed', `the throw-away server went away: ${words}`, { cause: error });
    });
  if (found.mark !== mark)
    throw new Failure('DrillServerFailed', 'the throw-away server was started anew during the drill');
}

const grave = /(FATAL|PANIC|ERROR): |^pgcairn: /;

/** A server that cannot go on says why, and then that it has ended. */
function lastWords(log: string): string {
  const lines = log.split('\n');
  return lines.findLast((line) => grave.test(line)) ?? lines.at(-1) ?? log;
}
