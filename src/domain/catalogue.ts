import type { BackupName } from './layout.ts';
import { backupFolder, isRunId, manifestName } from './layout.ts';
import type { Manifest } from './manifest.ts';

/** An object as a store lists it. */
export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
}

/** Everything that lies in one run's folder. */
export interface RunFolder {
  readonly runId: string;
  /** A run exists when its manifest does. */
  readonly hasManifest: boolean;
  readonly objects: readonly ListedObject[];
  readonly bytes: number;
}

/** A run whose manifest was read and holds. */
export interface CatalogueRun {
  readonly folder: RunFolder;
  readonly manifest: Manifest;
  /** Of the file manifest.json, as `previous.digest` of the next run has it. */
  readonly manifestDigest: string;
  /** Its signature is by the repository's key, and holds. */
  readonly signed: boolean;
}

/** A run whose manifest cannot be believed. It is neither counted nor removed. */
export interface InvalidRun {
  readonly folder: RunFolder;
  readonly fault: string;
  /** What its manifest says of itself, where it can be read at all. */
  readonly sequence?: number;
  /** Its manifest can be read, and is signed by another key than the repository's, or not at all. */
  readonly foreign?: true;
}

export interface Catalogue {
  /** Newest first, by run id. */
  readonly runs: readonly CatalogueRun[];
  readonly invalid: readonly InvalidRun[];
  /** Folders without a manifest: what killed runs left. */
  readonly incomplete: readonly RunFolder[];
}

/** Groups a listing of a backup's folder by run, newest first. Objects that belong to no run are left out. */
export function groupByRun(backup: BackupName, objects: Iterable<ListedObject>): RunFolder[] {
  const prefix = backupFolder(backup);
  const byRun = new Map<string, ListedObject[]>();
  for (const object of objects) {
    if (!object.key.startsWith(prefix)) continue;
    const [runId = '', ...rest] = object.key.slice(prefix.length).split('/');
    if (rest.length === 0 || !isRunId(runId)) continue;
    const members = byRun.get(runId) ?? [];
    members.push(object);
    byRun.set(runId, members);
  }
  return [...byRun]
    .map(([runId, members]) => ({
      runId,
      hasManifest: members.some(({ key }) => key === `${prefix}${runId}/${manifestName}`),
      objects: members,
      bytes: members.reduce((sum, { bytes }) => sum + bytes, 0),
    }))
    .toSorted((a, b) => (a.runId < b.runId ? 1 : -1));
}

/** What contradicts a manifest, by itself and by where it lies; undefined where it holds. */
export function manifestFault(backup: BackupName, folder: RunFolder, manifest: Manifest): string | undefined {
  if (manifest.runId !== folder.runId) return `it is the manifest of run ${manifest.runId}`;
  const { namespace, name } = manifest.backup;
  if (namespace !== backup.namespace || name !== backup.name)
    return `it is the manifest of backup ${namespace}/${name}`;
  const lying = new Map(folder.objects.map(({ key, bytes }) => [key, bytes] as const));
  const prefix = `${backupFolder(backup)}${folder.runId}/`;
  for (const object of manifest.objects) {
    const bytes = lying.get(`${prefix}${object.path}`);
    if (bytes === undefined) return `object ${object.path} is missing`;
    if (bytes !== object.stored.bytes)
      return `object ${object.path} has ${String(bytes)} bytes, not ${String(object.stored.bytes)}`;
  }
  return undefined;
}

/** Whether a fault is one of a run's objects, and not of its manifest. */
export function isObjectFault(fault: string): boolean {
  return fault.startsWith('object ');
}

/** A number that no backup reaches: a forged manifest must not use up the numbers. */
const sequenceLimit = 1_000_000_000;

/**
 * The number of the next run, and what it follows. A run that cannot be believed has used its number, too: given
 * again it would stand for two runs.
 */
export function nextInSequence(catalogue: Catalogue): Pick<Manifest, 'sequence' | 'previous'> {
  const last = catalogue.runs.toSorted((a, b) => b.manifest.sequence - a.manifest.sequence)[0];
  const used = catalogue.invalid.map(({ sequence }) => sequence ?? 0).filter((n) => n < sequenceLimit);
  const sequence = Math.max(last?.manifest.sequence ?? 0, ...used) + 1;
  if (last === undefined) return { sequence };
  return { sequence, previous: { runId: last.manifest.runId, digest: last.manifestDigest } };
}
