import type { Catalogue, CatalogueRun } from '../../domain/catalogue.ts';
import type { BackupName } from '../../domain/layout.ts';
import type { RunFacts } from '../../task/report.ts';
import { readCatalogue } from '../../worker/catalogue.ts';
import { runFacts } from '../../worker/run-facts.ts';
import { readContents, titleOf } from './contents.ts';
import type { OpenedRepository } from './open.ts';
import type { Proof, Proofs } from './proofs.ts';
import { readProofs } from './proofs.ts';

/** A run as a list shows it. */
export interface ListedRun extends Omit<RunFacts, 'signed' | 'databases' | 'database'> {
  readonly databases: readonly string[];
  /** NotChecked: no key was given. */
  readonly signature: 'Valid' | 'NotChecked';
  readonly ageSeconds: number;
  readonly proven?: Proof;
}

export interface ListedBackup extends BackupName {
  /** Newest first. */
  readonly runs: readonly ListedRun[];
  /** Runs whose manifest cannot be believed. */
  readonly broken: readonly { readonly runId: string; readonly fault: string }[];
  /** Folders without a manifest: what killed runs left. */
  readonly unfinished: readonly string[];
}

export interface Listing {
  readonly location: string;
  readonly backups: readonly ListedBackup[];
  readonly evidenceFaults: readonly string[];
}

/** Reads what lies in a repository; `only`: of this backup. */
export async function listRuns(
  repository: OpenedRepository,
  only: BackupName | undefined,
  now: Date,
): Promise<Listing> {
  const contents = await readContents(repository);
  const backups = contents.backups.filter(
    (backup) => only === undefined || titleOf(backup) === titleOf(only),
  );
  const catalogues: { readonly backup: BackupName; readonly catalogue: Catalogue }[] = [];
  for (const backup of backups)
    catalogues.push({ backup, catalogue: await readCatalogue(repository, backup) });
  const runIds = catalogues.flatMap(({ catalogue }) => catalogue.runs.map(({ folder }) => folder.runId));
  const proofs = await readProofs(repository, contents, runIds.toSorted()[0] ?? '~');
  return {
    location: repository.store.location,
    backups: catalogues.map(({ backup, catalogue }) => ({
      ...backup,
      runs: catalogue.runs.map((run) => listedRun(backup, run, proofs, now)),
      broken: catalogue.invalid.map(({ folder, fault }) => ({ runId: folder.runId, fault })),
      unfinished: catalogue.incomplete.map(({ runId }) => runId),
    })),
    evidenceFaults: proofs.faults,
  };
}

function listedRun(backup: BackupName, run: CatalogueRun, proofs: Proofs, now: Date): ListedRun {
  const { signed, databases: _count, database: _name, ...facts } = runFacts(run);
  const proven = proofs.of(backup, facts.runId, facts.manifestDigest);
  return {
    ...facts,
    databases: run.manifest.databases.map(({ name }) => name),
    signature: signed ? 'Valid' : 'NotChecked',
    ageSeconds: Math.max(0, Math.floor((now.getTime() - Date.parse(facts.snapshotTime)) / 1000)),
    ...(proven === undefined ? {} : { proven }),
  };
}
