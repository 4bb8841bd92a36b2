import type { Catalogue } from '../../domain/catalogue.ts';
import type { BackupName } from '../../domain/layout.ts';
import { readCatalogue } from '../../worker/catalogue.ts';
import { UsageError } from '../usage-error.ts';
import { readContents, titleOf } from './contents.ts';
import type { OpenedRepository } from './open.ts';

export interface BackupCatalogue {
  readonly backup: BackupName;
  readonly catalogue: Catalogue;
}

/** The catalogue of every backup, or of one. Throws `UsageError` where the repository has no such backup. */
export async function readCatalogues(
  repository: OpenedRepository,
  only: BackupName | undefined,
): Promise<BackupCatalogue[]> {
  const { backups } = await readContents(repository);
  const wanted = backups.filter((backup) => only === undefined || titleOf(backup) === titleOf(only));
  if (only !== undefined && wanted.length === 0)
    throw new UsageError(
      `${repository.store.location} holds nothing of ${titleOf(only)}${backups.length === 0 ? '' : `, but ${backups.map(titleOf).join(', ')}`}`,
    );
  const catalogues: BackupCatalogue[] = [];
  for (const backup of wanted)
    catalogues.push({ backup, catalogue: await readCatalogue(repository, backup) });
  return catalogues;
}

/** Every run id of a catalogue, whatever state the run is in; newest first. */
export function runIdsOf({ runs, invalid, incomplete }: Catalogue): string[] {
  return [...runs, ...invalid]
    .map(({ folder }) => folder.runId)
    .concat(incomplete.map(({ runId }) => runId))
    .toSorted()
    .toReversed();
}

/** The catalogues that have the run. Throws `UsageError` where none has. */
export function withRun(
  { store }: OpenedRepository,
  catalogues: readonly BackupCatalogue[],
  runId: string,
): BackupCatalogue[] {
  const having = catalogues.filter(({ catalogue }) => runIdsOf(catalogue).includes(runId));
  if (having.length > 0) return having;
  throw new UsageError(`${store.location} holds no run ${runId}: \`pgcairn list\` shows those that it holds`);
}
