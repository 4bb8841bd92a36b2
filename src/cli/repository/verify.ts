import type { Catalogue, CatalogueRun } from '../../domain/catalogue.ts';
import { sequenceFaults } from '../../domain/drill-sequence.ts';
import { Failure } from '../../domain/failure.ts';
import type { BackupName } from '../../domain/layout.ts';
import { runFolder } from '../../domain/layout.ts';
import type { Meter } from '../../stream/meter.ts';
import { readBack } from '../../worker/read-back.ts';
import type { BackupCatalogue } from './find-run.ts';
import type { OpenedRepository } from './open.ts';

/** What reading a run back has shown. */
export interface VerifiedRun {
  readonly backup: BackupName;
  readonly runId: string;
  readonly objects: number;
  readonly bytes: number;
  /** Valid: by the key that was given. NotChecked: no key was given. */
  readonly signature: 'Valid' | 'NotChecked';
  /** Each names the object that it speaks of. Empty: the run holds. */
  readonly faults: readonly string[];
}

export interface Verification {
  readonly runs: readonly VerifiedRun[];
  /** What does not hold between the runs of a backup. */
  readonly sequenceFaults: readonly { readonly backup: BackupName; readonly fault: string }[];
  readonly holds: boolean;
  /** Folders without a manifest, of the backups that were looked at: they count for nothing. */
  readonly unfinished: readonly { readonly backup: BackupName; readonly runId: string }[];
}

/** Which runs of a catalogue are read back. */
export type Choice =
  { readonly kind: 'All' } | { readonly kind: 'Newest' } | { readonly kind: 'One'; readonly runId: string };

/** How many bytes `verifyRuns` will read. */
export function bytesToRead(catalogues: readonly BackupCatalogue[], choice: Choice): number {
  return catalogues
    .flatMap(({ catalogue }) => chosen(catalogue, choice).good)
    .flatMap(({ manifest }) => manifest.objects)
    .reduce((sum, { stored }) => sum + stored.bytes, 0);
}

/** Reads every object of the chosen runs back, compares digests, and looks at how the runs follow one another. */
export async function verifyRuns(
  repository: OpenedRepository,
  catalogues: readonly BackupCatalogue[],
  choice: Choice,
  meter: Meter,
): Promise<Verification> {
  const runs: VerifiedRun[] = [];
  for (const { backup, catalogue } of catalogues) {
    const { good, broken } = chosen(catalogue, choice);
    runs.push(...broken.map(({ runId, fault }) => brokenRun(backup, runId, fault)));
    for (const run of good) runs.push(await verifyRun(repository, backup, run, meter));
  }
  const between = catalogues.flatMap(({ backup, catalogue }) =>
    sequenceFaults(catalogue, undefined).map((fault) => ({ backup, fault })),
  );
  return {
    runs: runs.toSorted((a, b) => (a.runId < b.runId ? 1 : -1)),
    sequenceFaults: between,
    unfinished: catalogues.flatMap(({ backup, catalogue }) =>
      catalogue.incomplete.map(({ runId }) => ({ backup, runId })),
    ),
    holds: between.length === 0 && runs.every(({ faults }) => faults.length === 0),
  };
}

interface Chosen {
  readonly good: readonly CatalogueRun[];
  readonly broken: readonly { readonly runId: string; readonly fault: string }[];
}

function chosen(catalogue: Catalogue, choice: Choice): Chosen {
  const broken = [
    ...catalogue.invalid.map(({ folder, fault }) => ({ runId: folder.runId, fault })),
    ...catalogue.incomplete.map(({ runId }) => ({ runId, fault: 'it has no manifest.json: it is no run' })),
  ];
  switch (choice.kind) {
    case 'All':
      // A folder that a killed run left is swept by the next one: it says nothing about those that count.
      return { good: catalogue.runs, broken: broken.slice(0, catalogue.invalid.length) };
    case 'Newest': {
      const [newest] = catalogue.runs;
      const later = catalogue.invalid.filter(({ folder }) => folder.runId > (newest?.folder.runId ?? ''));
      return {
        good: newest === undefined ? [] : [newest],
        broken: later.map(({ folder, fault }) => ({ runId: folder.runId, fault })),
      };
    }
    case 'One':
      return {
        good: catalogue.runs.filter(({ folder }) => folder.runId === choice.runId),
        broken: broken.filter(({ runId }) => runId === choice.runId),
      };
  }
}

function brokenRun(backup: BackupName, runId: string, fault: string): VerifiedRun {
  // A fault of an object names the object itself.
  const faults = [fault.startsWith('object ') ? fault : `manifest.json: ${fault}`];
  return { backup, runId, objects: 0, bytes: 0, signature: 'NotChecked', faults };
}

async function verifyRun(
  { store, signal }: OpenedRepository,
  backup: BackupName,
  { manifest, signed }: CatalogueRun,
  meter: Meter,
): Promise<VerifiedRun> {
  meter.begin(`reading ${manifest.runId}`);
  const folder = runFolder(backup, manifest.runId);
  const faults: string[] = [];
  for (const object of manifest.objects) {
    signal.throwIfAborted();
    try {
      await readBack({ store, meter, signal }, folder, [object]);
    } catch (error) {
      if (!(error instanceof Failure) || error.reason !== 'StoredBytesDiffer') throw error;
      faults.push(`${object.path}: ${error.message}`);
    }
    meter.finishObject();
  }
  return {
    backup,
    runId: manifest.runId,
    objects: manifest.objects.length,
    bytes: manifest.objects.reduce((sum, { stored }) => sum + stored.bytes, 0),
    signature: signed ? 'Valid' : 'NotChecked',
    faults,
  };
}
