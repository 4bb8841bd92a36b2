import type { Catalogue, CatalogueRun } from './catalogue.ts';

export interface KnownRun {
  readonly runId: string;
  /** RFC 3339. */
  readonly snapshotTime: string;
}

/**
 * What in the numbers and links of the kept runs no retention can have made: it removes whole runs, oldest or between,
 * but never the newest, and changes none. `newest`: the newest verified run that somebody outside the repository
 * remembers. Empty: all holds.
 */
export function sequenceFaults({ runs, invalid }: Catalogue, newest: KnownRun | undefined): string[] {
  const bySequence = runs.toSorted((a, b) => a.manifest.sequence - b.manifest.sequence);
  return [
    ...repeats(bySequence),
    ...bySequence.flatMap((run, at) => linkFault(run, bySequence.slice(0, at))),
    ...lossOf(newest, { runs, invalid }),
  ];
}

function repeats(bySequence: readonly CatalogueRun[]): string[] {
  return bySequence.slice(1).flatMap((run, at) => {
    const before = bySequence[at];
    const { sequence, runId } = run.manifest;
    if (before?.manifest.sequence !== sequence) return [];
    return [`runs ${before.manifest.runId} and ${runId} both say that they are number ${String(sequence)}`];
  });
}

/** `earlier`: the kept runs with smaller numbers, ascending. */
function linkFault({ manifest }: CatalogueRun, earlier: readonly CatalogueRun[]): string[] {
  const { runId, previous, sequence } = manifest;
  const nearest = earlier.findLast((run) => run.manifest.sequence < sequence);
  if (previous === undefined)
    return nearest === undefined
      ? []
      : [`run ${runId} follows no run, although ${nearest.manifest.runId} came before it`];
  const linked = earlier.find((run) => run.manifest.runId === previous.runId);
  // Retention took it.
  if (linked === undefined) return [];
  if (linked.manifestDigest !== previous.digest)
    return [
      `run ${runId} follows a run ${previous.runId} with another manifest than the one that lies there`,
    ];
  if (nearest !== undefined && nearest.manifest.sequence > linked.manifest.sequence)
    return [`run ${runId} follows ${previous.runId}, although ${nearest.manifest.runId} lies between them`];
  return [];
}

function lossOf(
  newest: KnownRun | undefined,
  { runs, invalid }: Pick<Catalogue, 'runs' | 'invalid'>,
): string[] {
  if (newest === undefined) return [];
  if ([...runs, ...invalid].some(({ folder }) => folder.runId === newest.runId)) return [];
  const known = Date.parse(newest.snapshotTime);
  if (runs.some(({ manifest }) => Date.parse(manifest.snapshotTime) >= known)) return [];
  return [
    `run ${newest.runId} of ${newest.snapshotTime} is known to have been made and is not there, nor a newer one: the store was put back, or runs were removed`,
  ];
}
