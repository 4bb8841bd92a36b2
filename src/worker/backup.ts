import type { Catalogue, CatalogueRun } from '../domain/catalogue.ts';
import { Failure } from '../domain/failure.ts';
import { nextAttemptFolder, runFolder } from '../domain/layout.ts';
import type { Report } from '../task/report.ts';
import type { BackupTask } from '../task/task.ts';
import { buildManifest } from './build-manifest.ts';
import { readCatalogue } from './catalogue.ts';
import type { DumpedDatabase } from './dump-database.ts';
import { dumpDatabase } from './dump-database.ts';
import { publishAndFinish } from './finish.ts';
import { runNotes } from './notes.ts';
import { claimBackupFolder } from './owner.ts';
import type { BackupPlan } from './plan.ts';
import { isFiltered } from './plan.ts';
import { preparePlan } from './prepare.ts';
import { readBack } from './read-back.ts';
import { ensureReadme } from './readme.ts';
import type { RunContext } from './run-context.ts';
import { step } from './run-context.ts';
import { runFacts, storedFacts } from './run-facts.ts';
import { storeGlobals, storeInventory } from './store-metadata.ts';
import type { Swept } from './sweep.ts';
import { nothingSwept, sweepLeftovers } from './sweep.ts';
import { verificationSteps } from './verification-steps.ts';
import { verifyInventory } from './verify-inventory.ts';
import type { Workspace } from './workspace.ts';

/**
 * One backup run, whole: it exists in the store, verified, when this returns, and nothing of it counts when this
 * throws. Called again for a run that is published it reports that one.
 */
export async function runBackup(task: BackupTask, workspace: Workspace): Promise<Report> {
  const context: RunContext = {
    ...workspace,
    task,
    folder: runFolder(task.backup, task.run.id),
    startTime: workspace.clock.now(),
  };
  const { result: catalogue } = await step(context, 'reading catalogue', () =>
    readCatalogue(context, task.backup),
  );
  const published = publishedBefore(task, catalogue);
  if (published !== undefined) return reportAgain(published, catalogue);
  const { result: plan } = await step(context, 'preflight', () =>
    preparePlan(context, attemptFolder(context, catalogue)),
  );
  const { result: swept } = await step(context, 'preparing store', () => prepareStore(context, catalogue));
  const work = await save(context, plan);
  return await publishAndFinish(context, buildManifest(context, catalogue, work), swept);
}

function publishedBefore(task: BackupTask, catalogue: Catalogue): CatalogueRun | undefined {
  const invalid = catalogue.invalid.find(({ folder }) => folder.runId === task.run.id);
  if (invalid !== undefined)
    throw new Failure(
      'ManifestInvalid',
      `run ${task.run.id} has a manifest that does not hold: ${invalid.fault}`,
    );
  return catalogue.runs.find(({ folder }) => folder.runId === task.run.id);
}

function reportAgain(run: CatalogueRun, catalogue: Catalogue): Report {
  return {
    version: 1,
    kind: 'backup',
    run: runFacts(run),
    stored: storedFacts(catalogue, { removedRuns: 0, sweptObjects: 0 }),
    notes: ['an earlier attempt had published this run'],
  };
}

function attemptFolder({ task, folder }: RunContext, catalogue: Catalogue): string {
  const own = catalogue.incomplete.find(({ runId }) => runId === task.run.id);
  return nextAttemptFolder((own?.objects ?? []).map(({ key }) => key.slice(folder.length)));
}

/** Claims the backup's folder, and clears away what killed runs left in it. */
async function prepareStore(context: RunContext, catalogue: Catalogue): Promise<Swept> {
  const { task, store, signal, startTime } = context;
  const { took } = await claimBackupFolder({ ...context, now: startTime }, task.backup);
  await ensureReadme(store, signal);
  // Whose folder it was until now may be in the middle of a run: its objects look like leftovers.
  if (took) return nothingSwept;
  const incomplete = catalogue.incomplete.filter(({ runId }) => runId !== task.run.id);
  return await sweepLeftovers(
    context,
    { incomplete },
    { backup: task.backup, runId: task.run.id, before: startTime },
  );
}

/** Stores every object of the run and verifies it to the level asked for. */
async function save(context: RunContext, plan: BackupPlan): Promise<Parameters<typeof buildManifest>[2]> {
  const { spec } = context.task;
  const databases: DumpedDatabase[] = [];
  let dumpSeconds = 0;
  for (const database of plan.databases) {
    const { result, seconds } = await step(context, `dumping ${database.name}`, () =>
      dumpDatabase(context, plan, database),
    );
    if (spec.verification.level === 'Inventoried' && result.archive !== undefined)
      verifyInventory(result.inventory, result.archive);
    databases.push(result);
    dumpSeconds += seconds;
  }
  const { result: metadata } = await step(context, 'storing globals and inventory', async () => [
    ...(await storeGlobals(context, plan)),
    await storeInventory(context, plan, databases),
  ]);
  const objects = [...databases.map(({ object }) => object), ...metadata];
  const { seconds: readBackSeconds } = await step(context, 'reading back', () =>
    readBack(context, context.folder, objects),
  );
  const { level } = spec.verification;
  return {
    server: plan.server,
    clientVersion: plan.clientVersion,
    databases,
    objects,
    level,
    steps: verificationSteps(level, { objects, databases, readBackSeconds, dumpSeconds }),
    notes: runNotes(context, databases),
    filtered: isFiltered(spec.logical),
  };
}
