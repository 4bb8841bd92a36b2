import type { CheckId, EvidenceCheck, EvidenceControl } from '../../domain/evidence.ts';
import { CheckId as CheckIds } from '../../domain/evidence.ts';
import { Failure } from '../../domain/failure.ts';
import type { Sessions } from '../../postgres/checks/sessions.ts';
import { openSessions } from '../../postgres/checks/sessions.ts';
import { checkApplication } from './checks/application.ts';
import { checkAssertions, databaseOf } from './checks/assertions.ts';
import { check, notChecked } from './checks/checked.ts';
import type { ChecksMade } from './checks/database.ts';
import { checkDatabase } from './checks/database.ts';
import { controlDatabase } from './checks/missing-row.ts';
import type { RestoredDatabase, RestoredRun } from './restored.ts';

/** What one writes another has to read. */
const fewest = 2;

/**
 * Makes every check of the restored databases but that of the application, one database after the other. They come in
 * the order of `CheckId`, and of databases. What the backup lacks comes as a check that failed. Errors: `Failure`
 * DrillServerFailed when the server goes away, Interrupted.
 */
export async function runChecks(run: RestoredRun): Promise<ChecksMade> {
  const made: ChecksMade = { checks: [], tables: [] };
  for (const database of run.databases) {
    const { checks, tables } = await onServer(run, database, Math.max(fewest, run.jobs), ({ all }) =>
      checkDatabase(run, database, all),
    );
    made.checks.push(...checks);
    made.tables.push(...tables);
  }
  made.checks.push(...(await assertAll(run)));
  const place = (id: CheckId): number => CheckIds.options.indexOf(id);
  return { ...made, checks: made.checks.toSorted((a, b) => place(a.id) - place(b.id)) };
}

/**
 * Proves that a row that is missing is found: one is deleted in a transaction, the table counted and compared by the
 * code of the check, and the transaction taken back. Not applicable only where no table has a row. Errors: as
 * `runChecks`.
 */
export async function missingRowControl(run: RestoredRun): Promise<EvidenceControl> {
  const base = { damage: 'MissingRow', target: 'no row' } as const;
  let refusal: string | undefined;
  for (const database of run.databases) {
    const made = await onServer(run, database, 1, ({ all: [session] }) => controlDatabase(session, database));
    if (made !== undefined && 'outcome' in made) return made;
    refusal ??= made?.notDeleted;
  }
  return refusal === undefined
    ? { ...base, outcome: 'NotApplicable', detail: 'no table of the run has a row' }
    : { ...base, outcome: 'NotCaught', detail: `no table let go of a row, beginning with one ${refusal}` };
}

async function assertAll(run: RestoredRun): Promise<EvidenceCheck[]> {
  const { assertions } = run.spec.checks;
  if (assertions.length === 0) return [notChecked({ id: 'Assertion' }, 'checks.assertions is empty')];
  const made: EvidenceCheck[] = [];
  for (const [database, its] of Map.groupBy(assertions, (one) => databaseOf(one.database, run.databases))) {
    made.push(
      ...(database === undefined
        ? its.map(({ name, database: wanted = '' }) => absent({ id: 'Assertion', name }, wanted))
        : await onServer(run, database, 1, ({ all: [session] }) =>
            checkAssertions(run, database, session, its),
          )),
    );
  }
  return made;
}

/** Has the application of the owner try one of the databases. It may write: nothing is to be checked after it. */
export async function tryApplication(run: RestoredRun): Promise<EvidenceCheck> {
  const { application } = run.spec.checks;
  if (application === undefined) return notChecked({ id: 'Application' }, 'checks.application is not given');
  const database = databaseOf(application.database, run.databases);
  if (database === undefined) return absent({ id: 'Application' }, application.database ?? '');
  const name = { id: 'Application', database: database.name } as const;
  return await check(run.clock, name, () => checkApplication(run, application, database.name));
}

function absent(name: Pick<EvidenceCheck, 'id' | 'name'>, database: string): EvidenceCheck {
  const detail = `the run does not hold database ${database}, which the check names`;
  return { ...name, outcome: 'Failed', detail, seconds: 0 };
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
