import type { CatalogueRun } from '../../domain/catalogue.ts';
import { Failure } from '../../domain/failure.ts';
import type { BackupName } from '../../domain/layout.ts';
import { UsageError } from '../usage-error.ts';
import { readContents } from './contents.ts';
import { readCatalogues, withRun } from './find-run.ts';
import type { OpenedRepository } from './open.ts';
import type { Proof } from './proofs.ts';
import { readProofs } from './proofs.ts';

export interface ShownRun {
  readonly backup: BackupName;
  readonly location: string;
  readonly run: CatalogueRun;
  readonly proven?: Proof;
}

/** Reads one run. Throws `UsageError` where there is none or several of that id, `Failure` where it cannot be believed. */
export async function findRun(
  repository: OpenedRepository,
  runId: string,
  only: BackupName | undefined,
): Promise<ShownRun> {
  const [found, ...others] = withRun(repository, await readCatalogues(repository, only), runId);
  if (found === undefined || others.length > 0)
    throw new UsageError(`several backups have a run ${runId}: choose one with --backup`);
  const { backup, catalogue } = found;
  const run = catalogue.runs.find(({ folder }) => folder.runId === runId);
  if (run === undefined) {
    const fault = catalogue.invalid.find(({ folder }) => folder.runId === runId)?.fault;
    if (fault === undefined) throw new UsageError(`run ${runId} has no manifest.json: it is no run`);
    throw new Failure('ManifestInvalid', `run ${runId} cannot be believed: ${fault}`);
  }
  const proofs = await readProofs(repository, await readContents(repository), runId);
  const proven = proofs.of(backup, runId, run.manifestDigest);
  const { location } = repository.store;
  return { backup, location, run, ...(proven === undefined ? {} : { proven }) };
}
