import { Failure } from '../../domain/failure.ts';
import type { EvidenceCheck, EvidenceControl, EvidenceTable } from '../../domain/evidence.ts';
import type { Sessions } from '../../postgres/checks/sessions.ts';
import { openSessions } from '../../postgres/checks/sessions.ts';
import { check } from './checks/checked.ts';
import { controlDatabase } from './checks/missing-row.ts';
import { checkRows } from './checks/rows.ts';
import type { RestoredDatabase, RestoredRun } from './restored.ts';

/** Sessions with one database at a time: counting and amcheck are what takes long, and a server has few cores. */
const sessionCount = 4;

export interface ChecksMade {
  readonly checks: EvidenceCheck[];
  readonly tables: EvidenceTable[];
}

/**
 * Makes every check that is made in the restored databases, one database after the other, in the order of `CheckId`.
 * What the backup lacks comes as a check that failed. Errors: `Failure` DrillServerFailed when the server goes away,
 * Interrupted.
 */
export async function runChecks(run: RestoredRun): Promise<ChecksMade> {
  const made: ChecksMade = { checks: [], tables: [] };
  for (const database of run.databases) {
    const { checks, tables } = await onServer(run, database, sessionCount, (sessions) =>
      checkDatabase(run, database, sessions),
    );
    made.checks.push(...checks);
    made.tables.push(...tables);
  }
  return made;
}

/**
 * Proves that a row that is missing is found: one is deleted in a transaction, the table counted and compared by the
 * code of the check, and the transaction taken back. Errors: as `runChecks`.
 */
export async function missingRowControl(run: RestoredRun): Promise<EvidenceControl> {
  let last: EvidenceControl | undefined;
  for (const database of run.databases) {
    const control = await onServer(run, database, 1, ({ all: [session] }) =>
      controlDatabase(session, database),
    );
    if (control !== undefined && control.outcome !== 'NotApplicable') return control;
    last ??= control;
  }
  return (
    last ?? {
      damage: 'MissingRow',
      target: 'no table',
      outcome: 'NotApplicable',
      detail: 'no table of the run has a row that could be deleted',
    }
  );
}

async function checkDatabase(
  run: RestoredRun,
  database: RestoredDatabase,
  sessions: Sessions,
): Promise<ChecksMade> {
  const tables: EvidenceTable[] = [];
  const checks = [
    await check(run.clock, { id: 'Rows', database: database.name }, async () => {
      const { tables: counted, ...checked } = await checkRows(run, database, sessions.all);
      tables.push(...counted);
      return checked;
    }),
  ];
  return { checks, tables };
}

/** Any way in which the server is not there to be asked leaves the drill without a verdict. */
async function onServer<Result>(
  { connection, signal }: RestoredRun,
  { name }: RestoredDatabase,
  count: number,
  work: (sessions: Sessions) => Promise<Result>,
): Promise<Result> {
  try {
    const sessions = await openSessions(connection, name, { count, signal });
    try {
      return await work(sessions);
    } finally {
      await sessions.close();
    }
  } catch (error) {
    if (signal.aborted) throw new Failure('Interrupted', 'the checks were asked to stop', { cause: error });
    if (error instanceof Failure && serverGone.has(error.reason))
      throw new Failure('DrillServerFailed', `the throw-away server: ${error.message}`, { cause: error });
    throw error;
  }
}

const serverGone: ReadonlySet<Failure['reason']> = new Set(['ConnectionLost', 'CannotConnect']);
