import { join } from 'node:path';
import type { CatalogueRun } from '../domain/catalogue.ts';
import { Failure } from '../domain/failure.ts';
import { majorOf } from '../postgres/version.ts';
import { workerPaths } from '../task/paths.ts';
import type { Report } from '../task/report.ts';
import type { DrillTask } from '../task/task.ts';
import { checkRestored } from './drill/check-restored.ts';
import { chooseRestorer } from './drill/client.ts';
import { concludeDrill } from './drill/conclude.ts';
import { withinDeadline } from './drill/deadline.ts';
import { fetchAndOpen } from './drill/decrypt.ts';
import type { StoredEvidence } from './drill/evidence.ts';
import { factsOfEvidence, findEvidence, writeEvidence } from './drill/evidence.ts';
import type { DrillFolders } from './drill/folders.ts';
import { openFolders, removeFolders } from './drill/folders.ts';
import { readIdentities } from './drill/identity.ts';
import type { DrillContext } from './drill/ledger.ts';
import { Refuted, openLedger } from './drill/ledger.ts';
import { loadRun } from './drill/load.ts';
import type { DrillServer } from './drill/server.ts';
import { openServer } from './drill/server.ts';
import { openSource } from './drill/source.ts';
import { requireRoom } from './drill/volume.ts';
import { failureOf } from './failure-of.ts';
import type { Workspace } from './workspace.ts';

/**
 * One drill, whole: a run is verified, restored into a throw-away server and checked, and what came of it lies in the
 * store as evidence when this returns. Nothing else stays. Throws where no evidence could be left. Called again for a
 * drill that has its evidence it reports that.
 */
export async function runDrill(task: DrillTask, workspace: Workspace): Promise<Report> {
  const earlier = await findEvidence(workspace, task.drill, task.run.id);
  if (earlier !== undefined) return reportOf(earlier);
  const context: DrillContext = { ...workspace, task, ledger: openLedger(workspace.clock) };
  const folders = await openFolders(context.root);
  const open: Open = { folders };
  try {
    const failure = await rehearse(context, open);
    const report = reportOf(await leaveEvidence(context, failure));
    await keepForALook(context, open, report);
    return report;
  } finally {
    await open.server?.stop();
    await removeFolders(folders);
  }
}

interface Open {
  readonly folders: DrillFolders;
  server?: DrillServer;
}

/** Does the drill, and returns what cut it short. Throws only when the worker is asked to stop. */
async function rehearse(context: DrillContext, open: Open): Promise<Failure | undefined> {
  const { signal, logger } = context;
  try {
    await withinDeadline(context, (timed) => restoreAndCheck(timed, open));
    return undefined;
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof Refuted) {
      logger.error({ fault: error.message }, 'the run does not hold or does not restore');
      return undefined;
    }
    const failure = cutShort(failureOf(error, signal), open);
    logger.error({ reason: failure.reason, err: failure }, 'the drill was cut short');
    return failure;
  }
}

const serverGone: ReadonlySet<Failure['reason']> = new Set(['CannotConnect', 'ConnectionLost']);

/** The only database server that a drill speaks with is the throw-away one. */
function cutShort(failure: Failure, { server }: Open): Failure {
  if (server === undefined || !serverGone.has(failure.reason)) return failure;
  const message = `the throw-away server went away: ${failure.message}`;
  return new Failure('DrillServerFailed', message, { cause: failure });
}

async function restoreAndCheck(context: DrillContext, open: Open): Promise<void> {
  const { clock, task, root } = context;
  const { folders } = open;
  const run = await openSource(context);
  const { manifest } = run;
  const { identities, server, client } = await prepare(context, open, run);
  const opened = await fetchAndOpen(context, folders, { run, identities });
  await loadRun(context, { server, client, manifest }, opened);
  await checkRestored(context, {
    server,
    folders,
    run: {
      spec: task.spec,
      manifest,
      databases: opened.databases,
      connection: { ...server.connection, database: opened.databases[0]?.name ?? server.connection.database },
      versionNumber: server.versionNumber,
      jobs: server.jobs,
      client,
      scratch: folders.scratch,
      ...(context.localServer === undefined ? { application: join(root, workerPaths.application) } : {}),
      clock,
      logger: context.logger,
      signal: context.signal,
    },
  });
}

/** All that has to be there before the first byte is fetched. */
async function prepare(
  context: DrillContext,
  open: Open,
  { manifest }: CatalogueRun,
): Promise<{
  identities: string[];
  server: DrillServer;
  client: Awaited<ReturnType<typeof chooseRestorer>>;
}> {
  if (manifest.content === 'DataOnly')
    throw new Failure(
      'RunIncomplete',
      `run ${manifest.runId} holds data without definitions (logical.content DataOnly), which cannot be restored alone`,
    );
  const identities = await readIdentities(context, manifest);
  await requireRoom(open.folders.volume, manifest, context.task.volumeBytes);
  const client = await chooseRestorer(context.clientRoot, manifest);
  const server = await openServer(context, majorOf(manifest.server.versionNumber));
  open.server = server;
  const { image } = context.task.spec.server;
  context.ledger.server = { version: server.version, ...(image === undefined ? {} : { image }) };
  return { identities, server, client };
}

/** Where no evidence can be left of a drill that was cut short, what cut it short is the nearer truth. */
async function leaveEvidence(context: DrillContext, failure: Failure | undefined): Promise<StoredEvidence> {
  try {
    return await writeEvidence(context, concludeDrill(context, failure), context.task.evidence);
  } catch (error) {
    const notWritten = error instanceof Failure && error.reason === 'EvidenceNotWritten';
    if (failure === undefined || !notWritten) throw error;
    throw new Failure(failure.reason, `${failure.message}; and ${error.message}`, { cause: error });
  }
}

function reportOf(stored: StoredEvidence): Report {
  return { version: 1, kind: 'drill', drill: factsOfEvidence(stored.evidence, stored) };
}

/** Keeps the server of a drill that did not pass, as long as the owner wants to look at it. */
async function keepForALook(context: DrillContext, { server }: Open, report: Report): Promise<void> {
  const seconds = context.task.spec.keepFailedSeconds;
  if (report.kind !== 'drill' || report.drill.verdict === 'Passed') return;
  if (server === undefined || seconds === 0) return;
  await context.announce?.(report);
  const { host, port, user } = server.connection;
  context.logger.warn(
    { host, port, user, seconds, report },
    'the drill has ended; its server stays for a look',
  );
  await context.clock.sleep(seconds * 1000, context.signal).catch(() => undefined);
}
