import { createReadStream } from 'node:fs';
import { DatabaseError } from 'pg';
import { counted } from '../../domain/amounts.ts';
import { Failure } from '../../domain/failure.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { ClientPrograms } from '../../postgres/clients.ts';
import { connect } from '../../postgres/connect.ts';
import { analyseDatabase } from '../../postgres/restore/analyse.ts';
import { createDatabase } from '../../postgres/restore/database.ts';
import { applyDatabaseGrants } from '../../postgres/restore/database-grants.ts';
import { missingExtensions } from '../../postgres/restore/extensions.ts';
import { preparePublicSchema } from '../../postgres/restore/public-schema.ts';
import { createStubRoles } from '../../postgres/restore/roles.ts';
import { applySettings } from '../../postgres/restore/settings.ts';
import { createSubscriptions, needsOwnSubscriptions } from '../../postgres/restore/subscriptions.ts';
import { carryOut, unorderedEntries, withoutErrorsOf } from '../../postgres/restore/unordered.ts';
import { serverError } from '../../postgres/checks/sql-errors.ts';
import type { Session } from '../../postgres/session.ts';
import { withSession } from '../../postgres/session.ts';
import {
  describeErrors,
  mayComeOfLocale,
  mayComeOfMembership,
  restoreFailure,
} from '../../postgres/tools/restore-errors.ts';
import type { RestoreError } from '../../postgres/tools/restore-progress.ts';
import { runRestore } from '../../postgres/tools/restore.ts';
import { readContents } from '../../stream/pg-archive/contents.ts';
import type { TocEntry } from '../../stream/pg-archive/format.ts';
import { ArchiveDamaged } from '../../stream/pg-archive/format.ts';
import { step } from '../run-context.ts';
import type { OpenedDatabase, OpenedRun } from './decrypt.ts';
import type { DrillContext, Finding } from './ledger.ts';
import { Refuted, makeCheck, notePhase } from './ledger.ts';
import { tablesOfExtensions } from './extension-rows.ts';
import type { Parts } from './parts.ts';
import { prepareParts, seriousErrors } from './parts.ts';
import { rolesOf } from './roles-of.ts';
import type { DrillServer } from './server.ts';

export interface LoadTarget {
  readonly server: DrillServer;
  readonly client: ClientPrograms;
  readonly manifest: Manifest;
}

/**
 * Restores every database of a run, and has the planner know what is in it. Adds the check Restore. Errors: `Refuted`;
 * `Failure` DrillServerFailed, DrillServerUnfit, DrillVolumeTooSmall, RunIncomplete.
 */
export async function loadRun(context: DrillContext, target: LoadTarget, opened: OpenedRun): Promise<void> {
  const { server } = target;
  await makeCheck(context, 'Restore', async (): Promise<readonly [Finding, undefined]> => {
    const notes: string[] = [rolesNote];
    await withMaintenance(server, (session) => requireExtensions(session, opened));
    for (const database of opened.databases)
      notes.push(...(await loadDatabase(context, target, opened, database)));
    const count = opened.databases.length;
    const what = `${counted(count, 'database was', 'databases were')} restored without an error`;
    return [{ outcome: 'Passed', detail: [what, ...notes].join('; '), count }, undefined];
  });
}

const rolesNote = 'roles were made without their definitions (globals are opened and checked, not applied)';

function withMaintenance<Result>(
  { connection }: DrillServer,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  return connect(connection, connection.database).then((session) => withSession(session, work));
}

async function requireExtensions(session: Session, { databases }: OpenedRun): Promise<void> {
  const wanted = databases.flatMap(({ inventory }) => inventory.extensions);
  const missing = await missingExtensions(session, wanted);
  if (missing.length === 0) return;
  const needing = databases
    .filter(({ inventory }) => inventory.extensions.some(({ name }) => missing.includes(name)))
    .map(({ name }) => name);
  throw new Failure(
    'DrillServerUnfit',
    `the throw-away server lacks what the databases need: extension ${missing.join(', ')} (database ${needing.join(', ')})`,
  );
}

async function loadDatabase(
  context: DrillContext,
  target: LoadTarget,
  opened: OpenedRun,
  database: OpenedDatabase,
): Promise<string[]> {
  const { ledger, clock } = context;
  const { server } = target;
  const start = clock.monotonic();
  const { notes, indexStart } = await step(context, `restoring ${database.name}`, () =>
    restoreDatabase(context, target, opened, database).catch((error: unknown) => {
      throw (
        (error instanceof DatabaseError && restoreFailure(database.name, [{ words: error.message }])) || error
      );
    }),
  ).then(({ result }) => result);
  notePhase(ledger, 'Load', start, indexStart);
  const analyseStart = clock.monotonic();
  notePhase(ledger, 'Index', indexStart, analyseStart);
  await step(context, `analysing ${database.name}`, () => analyse(server, database.name));
  notePhase(ledger, 'Analyse', analyseStart, clock.monotonic());
  return notes;
}

interface Restored {
  readonly notes: string[];
  /** By the clock that never goes back. */
  readonly indexStart: number;
}

async function restoreDatabase(
  { clock, signal }: DrillContext,
  { server, client, manifest }: LoadTarget,
  { inventory: { chosenSchemas } }: OpenedRun,
  { name, dumpPath, inventory }: OpenedDatabase,
): Promise<Restored> {
  const { connection, jobs } = server;
  const contents = await contentsOf(name, dumpPath);
  const ownSubscriptions = needsOwnSubscriptions(client.major, server.versionNumber);
  const notes = await withMaintenance(server, async (session) => {
    await createStubRoles(session, rolesOf(inventory, contents));
    return await createDatabase(session, inventory);
  });
  const parts = await onDatabase(server, name, async (session) => {
    await preparePublicSchema(session, client.major);
    return await prepareParts(session, { filtered: manifest.filtered, chosenSchemas, contents, inventory });
  });
  const [otherLocale] = notes;
  const ofExtensions = tablesOfExtensions(contents);
  const withoutTriggers = ofExtensions.length > 1;
  if (withoutTriggers) notes.push(orderNote(name, ofExtensions));
  const outcome = await runRestore({
    connection,
    client,
    database: name,
    dumpPath,
    jobs,
    signal,
    withoutSubscriptions: ownSubscriptions,
    withoutTriggers,
    now: () => clock.monotonic(),
  });
  const indexStart = clock.monotonic() - outcome.indexSeconds * 1000;
  const errors = await settleOrder(server, name, contents, outcome.errors);
  await judgeErrors(server, name, errors, { parts, otherLocale });
  const finished = await onDatabase(server, name, async (session) => {
    if (ownSubscriptions) await createSubscriptions(session, contents);
    const grants = await applyDatabaseGrants(session, contents);
    return [...grants, ...(await applySettings(session, inventory.settings))];
  });
  return { notes: [...notes, ...finished], indexStart };
}

async function settleOrder(
  server: DrillServer,
  database: string,
  contents: readonly TocEntry[],
  errors: readonly RestoreError[],
): Promise<readonly RestoreError[]> {
  const entries = unorderedEntries(contents, errors);
  if (entries.length === 0) return errors;
  const refused = await onDatabase(server, database, (session) => carryOut(session, entries));
  return [...withoutErrorsOf(entries, errors), ...refused];
}

function orderNote(database: string, tables: readonly string[]): string {
  return `database ${database}: tables that extensions make (${tables.join(', ')}) were loaded in any order, with foreign keys off; pg_restore by hand needs a single job for that`;
}

async function contentsOf(database: string, dumpPath: string): Promise<TocEntry[]> {
  try {
    return await readContents(createReadStream(dumpPath), { withDefinitions: true });
  } catch (error) {
    if (!(error instanceof ArchiveDamaged)) throw error;
    throw new Refuted(`the dump of database ${database} cannot be read: ${error.message}`);
  }
}

async function judgeErrors(
  server: DrillServer,
  database: string,
  all: readonly RestoreError[],
  { parts, otherLocale }: { readonly parts: Parts; readonly otherLocale: string | undefined },
): Promise<void> {
  const errors = seriousErrors(all, parts);
  if (errors.length === 0) return;
  const failure = restoreFailure(database, errors);
  if (failure !== undefined) throw failure;
  await server.requireSame();
  parts.excuse(database, errors);
  if (otherLocale !== undefined && mayComeOfLocale(errors))
    throw new Failure('DrillServerUnfit', `${otherLocale}, which may be why ${describeErrors(errors)}`);
  if (mayComeOfMembership(errors))
    throw new Failure(
      'DrillServerUnfit',
      `roles were made without their memberships, which may be why ${describeErrors(errors)}`,
    );
  throw new Refuted(`database ${database}: ${describeErrors(errors)}`);
}

async function onDatabase<Result>(
  { connection }: DrillServer,
  database: string,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  return await withSession(await connect(connection, database), work);
}

async function analyse(server: DrillServer, database: string): Promise<void> {
  try {
    await analyseDatabase(server.connection, database, server.jobs);
  } catch (error) {
    const said = serverError(error);
    if (said === undefined) throw error;
    await server.requireSame();
    const words = `database ${database} cannot be analysed: ${said.words}`;
    if (said.kind === 'Unable')
      throw restoreFailure(database, [said]) ?? new Failure('DrillServerFailed', words, { cause: error });
    throw new Refuted(words);
  }
}
