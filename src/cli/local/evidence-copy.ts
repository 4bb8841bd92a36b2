import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import { Evidence } from '../../domain/evidence.ts';
import { evidenceNames, evidenceRunFolder } from '../../domain/layout.ts';
import { openStore, readStoreSecrets } from '../../storage/open.ts';
import { parseJson } from '../../stream/evidence-file.ts';
import { workerPaths } from '../../task/paths.ts';
import type { DrillTask } from '../../task/task.ts';
import { readSmall } from '../../worker/store-text.ts';
import { fileFault } from '../input/file-fault.ts';
import type { TaskRoot } from '../root/task-root.ts';
import type { Surroundings } from '../surroundings.ts';
import { UsageError } from '../usage-error.ts';

/** The evidence of one drill, byte by byte as it lies in the repository. */
export interface EvidenceCopy {
  readonly document: Evidence;
  /** By name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Of the repository, for people. */
  readonly location: string;
}

/** Reads back what a drill left; undefined where it cannot be read. */
export async function readEvidence(
  repository: BackupRepositorySpec,
  root: TaskRoot,
  { drill, run }: DrillTask,
  { signal }: Surroundings,
): Promise<EvidenceCopy | undefined> {
  const store = openStore(repository, await readStoreSecrets(repository, root.path, workerPaths));
  try {
    const files = new Map<string, Uint8Array>();
    for (const name of Object.values(evidenceNames)) {
      const file = await readSmall(store, `${evidenceRunFolder(drill, run.id)}${name}`, signal);
      if (file !== undefined) files.set(name, file);
    }
    const document = files.get(evidenceNames.document);
    const parsed = document === undefined ? undefined : Evidence.safeParse(parseJson(document));
    return parsed?.success === true ? { document: parsed.data, files, location: store.location } : undefined;
  } finally {
    await store.close();
  }
}

/** Makes sure, before a drill begins, that its evidence can be laid down in `folder`. Throws `UsageError`. */
export async function requireEvidenceFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new UsageError(`--evidence: ${folder} cannot be made: ${fileFault(error)}`);
  });
}

/**
 * Lays the files down as `<folder>/<namespace>/<name>/<runId>/…`, and returns that folder. Where they cannot be, it is
 * said, and the verdict stands.
 */
export async function copyEvidence(
  folder: string,
  { document, files }: EvidenceCopy,
  say: (line: string) => void,
): Promise<string | undefined> {
  const { drill, runId } = document;
  const target = join(folder, drill.namespace, drill.name, runId);
  try {
    await mkdir(target, { recursive: true });
    for (const [name, file] of files) await writeFile(join(target, name), file);
    return target;
  } catch (error) {
    say(`--evidence: ${target} cannot be written: ${fileFault(error)}`);
    return undefined;
  }
}
