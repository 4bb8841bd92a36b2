import type { Catalogue, CatalogueRun } from '../domain/catalogue.ts';
import { Failure } from '../domain/failure.ts';
import { manifestName } from '../domain/layout.ts';
import type { Manifest } from '../domain/manifest.ts';
import { heldByOwner } from '../domain/owner-marker.ts';
import type { Report, StoredFacts } from '../task/report.ts';
import { readCatalogue } from './catalogue.ts';
import { frozenBecause } from './freeze.ts';
import { readOwner } from './owner.ts';
import type { PublishedRun } from './publish.ts';
import { publish } from './publish.ts';
import { retain } from './retain.ts';
import type { RunContext } from './run-context.ts';
import { step } from './run-context.ts';
import { runFacts, storedFacts } from './run-facts.ts';
import type { Swept } from './sweep.ts';
import { nothingSwept, removeLeftover } from './sweep.ts';

export interface FinishedRun {
  readonly run: PublishedRun;
  /** What was swept before. */
  readonly swept: Swept;
}

/** The manifest was sent, and what became of it is not known. `cause` says what went wrong. */
export class PublicationUnknown extends Error {
  override readonly name = 'PublicationUnknown';
}

/**
 * Publishes a run, tidies up and reports. Throws `PublicationUnknown` when that fails, except for `Failure`
 * ManifestInvalid: then the store was read, and does not hold the run.
 */
export async function publishAndFinish(
  context: RunContext,
  manifest: Manifest,
  swept: Swept,
): Promise<Report> {
  context.signal.throwIfAborted();
  try {
    const run = await publish(context, manifest);
    context.logger.info(
      { runId: manifest.runId, digest: run.manifestDigest },
      'manifest published: the run exists',
    );
    return await finish(context, { run, swept });
  } catch (error) {
    if (error instanceof Failure && error.reason === 'ManifestInvalid') throw error;
    throw new PublicationUnknown('after the manifest was sent', { cause: error });
  }
}

/**
 * What comes after the manifest: retention and the report. A store that fails now is a note, not a failure: the run
 * is good. Throws `Failure` ManifestInvalid when the store does not show the run that was just published.
 */
export async function finish(context: RunContext, { run, swept }: FinishedRun): Promise<Report> {
  const report = { version: 1 as const, kind: 'backup' as const, run: runFacts(run) };
  const notes = [...run.manifest.notes.map(({ message }) => message), ...swept.notes];
  try {
    const { result } = await step(context, 'retention', () => tidy(context, run, swept.removed));
    return { ...report, stored: result.stored, notes: [...notes, ...result.notes] };
  } catch (error) {
    if (error instanceof Failure && error.reason === 'ManifestInvalid') throw error;
    if (!(error instanceof Failure) && !context.signal.aborted) throw error;
    const why = error instanceof Error ? error.message : String(error);
    context.logger.error({ why }, 'the run is good, but retention could not be applied');
    return { ...report, notes: [...notes, `retention was not applied: ${why}`] };
  }
}

interface Tidied {
  readonly stored: StoredFacts;
  readonly notes: readonly string[];
}

async function tidy(context: RunContext, run: PublishedRun, swept: number): Promise<Tidied> {
  const { task, clock } = context;
  const catalogue = await readCatalogue(context, task.backup);
  const own = requireOwnRun(catalogue, run);
  const owner = await readOwner(context.store, task.backup, context.signal);
  const frozen = frozenBecause({ catalogue, own, owner });
  const contested = heldByOwner(owner, task.backup.uid) !== undefined;
  const strays = contested ? nothingSwept : await removeStrays(context, own);
  const retained = await retain(
    {
      ...context,
      now: clock.now(),
      timeZone: task.spec.timeZone,
      publishedRunId: own.manifest.runId,
      ...(frozen === undefined ? {} : { frozen }),
    },
    task.backup,
    task.spec.retention,
    catalogue,
  );
  const stored = storedFacts(retained.catalogue, {
    removedRuns: retained.removedRuns,
    sweptObjects: swept + strays.removed,
    ...(retained.held === undefined ? {} : { retentionHeld: retained.held }),
  });
  return { stored, notes: strays.notes };
}

/** Retention that does not see the run it follows would count, and remove, the wrong ones. */
function requireOwnRun(catalogue: Catalogue, { manifest, manifestDigest }: PublishedRun): CatalogueRun {
  const own = catalogue.runs.find((run) => run.manifest.runId === manifest.runId);
  if (own?.manifestDigest === manifestDigest) return own;
  const invalid = catalogue.invalid.find(({ folder }) => folder.runId === manifest.runId);
  const fault =
    invalid?.fault ?? (own === undefined ? 'it is not in the store' : 'its manifest was replaced');
  throw new Failure(
    'ManifestInvalid',
    `run ${manifest.runId} was published, but does not hold any more: ${fault}. Find out who else writes to the repository`,
  );
}

/** Objects in the run's folder that its manifest does not name: earlier attempts left them. */
async function removeStrays(context: RunContext, { folder, manifest }: CatalogueRun): Promise<Swept> {
  const named = new Set(manifest.objects.map(({ path }) => `${context.folder}${path}`));
  named.add(`${context.folder}${manifestName}`);
  const strays = folder.objects.filter(({ key }) => !named.has(key));
  return await removeLeftover(context, folder.runId, strays);
}
