import type { Assertion } from '../../../api/v1alpha1/backup-drill-assertion.ts';
import type { EvidenceCheck } from '../../../domain/evidence.ts';
import { Failure } from '../../../domain/failure.ts';
import { runQuery } from '../../../postgres/checks/assertion.ts';
import { unmetBecause } from '../../../postgres/checks/expectation.ts';
import { makeReaderRole } from '../../../postgres/checks/reader-role.ts';
import { openSessions } from '../../../postgres/checks/sessions.ts';
import { serverError } from '../../../postgres/checks/sql-errors.ts';
import type { Connection } from '../../../postgres/connection.ts';
import type { Session } from '../../../postgres/session.ts';
import type { RestoredDatabase, RestoredRun } from '../restored.ts';
import type { Checked } from './checked.ts';
import { check } from './checked.ts';

/** The statement's own limit comes first; this one is for a query that lifts it. */
const graceMilliseconds = 5_000;
const queryCanceled = '57014';
/** Of a text that no server takes as one query, whatever it holds: it says nothing of the copy. */
const syntaxError = '42601';
const shownCharacters = 300;

/** The assertions of one database, one after the other, each in a session of its own as a role that only reads. */
export async function checkAssertions(
  run: RestoredRun,
  database: RestoredDatabase,
  session: Session,
  assertions: readonly Assertion[],
): Promise<EvidenceCheck[]> {
  const role = await makeReaderRole(session, run.connection);
  try {
    const checks: EvidenceCheck[] = [];
    for (const assertion of assertions) {
      const name = { id: 'Assertion', name: assertion.name, database: database.name } as const;
      const trial = { session, connection: role.connection, database, assertion };
      checks.push(await check(run.clock, name, () => checkAssertion(run, trial)));
    }
    return checks;
  } finally {
    await role.remove();
  }
}

interface Trial {
  /** Of a superuser, to end what does not end by itself. */
  readonly session: Session;
  readonly connection: Connection;
  readonly database: RestoredDatabase;
  readonly assertion: Assertion;
}

async function checkAssertion(run: RestoredRun, trial: Trial): Promise<Checked> {
  const { assertion, connection, database } = trial;
  const sessions = await openSessions(connection, database.name, { count: 1, signal: run.signal });
  const [reader] = sessions.all;
  try {
    const guard = await guardSession(run, trial, reader);
    try {
      const given = await runQuery(reader, assertion, searchPathOf(database));
      const unmet = unmetBecause(assertion.expect, given);
      return unmet === undefined
        ? { outcome: 'Passed', detail: 'as expected' }
        : { outcome: 'Failed', detail: unmet };
    } catch (error) {
      return await judgeError(error, trial, guard.ended());
    } finally {
      guard.stop();
    }
  } finally {
    await sessions.close();
  }
}

async function judgeError(
  error: unknown,
  { session, assertion: { timeoutSeconds } }: Trial,
  ended: boolean,
): Promise<Checked> {
  const said = serverError(error);
  if (ended || said?.code === queryCanceled)
    return {
      outcome: 'Undecided',
      detail: `it did not end within ${String(timeoutSeconds)} s: raise its timeoutSeconds, or ask for less`,
    };
  if (said === undefined) {
    // The server may be gone; where it is not, only the query has ended its session.
    await session.query('SELECT 1');
    if (!(error instanceof Failure)) throw error;
    return { outcome: 'Undecided', detail: 'its session ended before it had answered' };
  }
  const detail = `the server said: ${said.words.slice(0, shownCharacters)}`;
  const saysNothing = said.kind === 'Unable' || said.code === syntaxError;
  return { outcome: saysNothing ? 'Undecided' : 'Failed', detail };
}

interface Guard {
  ended(): boolean;
  stop(): void;
}

/** Ends the reader's session when its time is over, whatever it has set its timeout to. */
async function guardSession(
  { clock, signal }: RestoredRun,
  { session, assertion }: Trial,
  reader: Session,
): Promise<Guard> {
  const [row] = await reader.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const stop = new AbortController();
  let ended = false;
  const wait = clock.sleep(
    assertion.timeoutSeconds * 1000 + graceMilliseconds,
    AbortSignal.any([signal, stop.signal]),
  );
  void wait
    .then(() => {
      ended = true;
      return session.query('SELECT pg_terminate_backend($1)', [row?.pid ?? 0]);
    })
    .catch(() => undefined);
  return { ended: () => ended, stop: () => stop.abort() };
}

function searchPathOf({ inventory }: RestoredDatabase): string | undefined {
  const prefix = 'search_path=';
  return inventory.settings
    .find(({ role, setting }) => role === undefined && setting.startsWith(prefix))
    ?.setting.slice(prefix.length);
}

/** Where an assertion runs: the database that it names, else the only one, else the first by name. */
export function databaseOf(
  name: string | undefined,
  databases: readonly RestoredDatabase[],
): RestoredDatabase | undefined {
  if (name !== undefined) return databases.find((database) => database.name === name);
  return databases.toSorted((a, b) => (a.name < b.name ? -1 : 1))[0];
}
