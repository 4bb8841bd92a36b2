import type { BackupPhases } from '../api/v1alpha1/postgres-backup-status.ts';
import type { VerificationLevel } from '../api/v1alpha1/postgres-backup.ts';
import type { Catalogue, CatalogueRun } from '../domain/catalogue.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { RunFacts, StoredFacts } from '../task/report.ts';

/** What the operator needs to know of a published run. */
export function runFacts({
  manifest,
  manifestDigest,
  signed,
}: Pick<CatalogueRun, 'manifest' | 'manifestDigest' | 'signed'>): RunFacts {
  const rows = totalRows(manifest);
  const phases = phasesOf(manifest);
  const standby = manifest.notes.find(({ reason }) => reason === 'Standby')?.message;
  const [first, ...others] = manifest.databases;
  return {
    runId: manifest.runId,
    manifestDigest,
    snapshotTime: manifest.snapshotTime,
    startTime: manifest.startTime,
    completionTime: manifest.completionTime,
    verifiedTo: manifest.verification.level,
    ...(phases === undefined ? {} : { phases }),
    storedBytes: sum(manifest.objects.map(({ stored }) => stored.bytes)),
    databases: manifest.databases.length,
    ...(first !== undefined && others.length === 0 ? { database: first.name } : {}),
    tables: sum(manifest.databases.map(({ tables }) => tables)),
    ...(rows === undefined ? {} : { rows }),
    server: {
      version: manifest.server.version,
      ...(manifest.server.systemIdentifier === undefined
        ? {}
        : { systemIdentifier: manifest.server.systemIdentifier }),
      sizeBytes: sum(manifest.databases.map(({ sizeBytes }) => sizeBytes)),
    },
    signed,
    suspicious: manifest.suspicious,
    ...(standby === undefined ? {} : { standby }),
  };
}

export interface Removed {
  readonly removedRuns: number;
  readonly sweptObjects: number;
  readonly retentionHeld?: string;
}

/** What lies in the repository after `removed` went. */
export function storedFacts(catalogue: Pick<Catalogue, 'runs' | 'invalid'>, removed: Removed): StoredFacts {
  const times = catalogue.runs.map(({ manifest }) => manifest.snapshotTime).toSorted();
  return {
    runs: catalogue.runs.length,
    bytes: sum(catalogue.runs.map(({ folder }) => folder.bytes)),
    ...(times[0] === undefined ? {} : { oldestSnapshotTime: times[0] }),
    ...(catalogue.invalid.length === 0 ? {} : { invalidRuns: catalogue.invalid.length }),
    ...removed,
  };
}

function phasesOf({ verification: { steps } }: Manifest): BackupPhases | undefined {
  const secondsOf = (wanted: VerificationLevel): number | undefined => {
    const found = steps.find(({ level }) => level === wanted);
    return found && Math.round(found.seconds);
  };
  const [dump, readBack] = [secondsOf('Decoded'), secondsOf('Stored')];
  return readBack === undefined ? undefined : { ...(dump === undefined ? {} : { dump }), readBack };
}

function totalRows(manifest: Manifest): number | undefined {
  const counts = manifest.databases.map(({ rows }) => rows).filter((rows) => rows !== undefined);
  return counts.length === manifest.databases.length ? sum(counts) : undefined;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
