import { randomBytes } from 'node:crypto';
import type { BackupRepositorySpec } from '../api/v1alpha1/backup-repository.ts';
import { Failure } from '../domain/failure.ts';
import type { StoreCapabilities } from '../storage/store.ts';
import type { Report } from '../task/report.ts';
import type { ProbeTask } from '../task/task.ts';
import type { Trial, TrialObject } from './probe-trial.ts';
import { probedBytes, tryDelete, tryList, tryParts, tryRead, tryWrite } from './probe-trial.ts';
import type { Workspace } from './workspace.ts';

/** Objects of a probe that are older were left by one that was killed. */
const leftoverAgeMilliseconds = 600_000;
const never = new Date(8.64e15);

/**
 * Uses the store as backups will: writes, reads back, lists, deletes, in one piece and in parts, locked where the spec
 * asks for it. Throws the `Failure` that says what is missing. Leaves nothing behind but what a lock holds.
 */
export async function probeRepository(task: ProbeTask, workspace: Workspace): Promise<Report> {
  const { store, clock, signal, logger } = workspace;
  const home = `.pgcairn-probe/${task.owner.uid}/`;
  const trial: Trial = { store, clock, signal, folder: `${home}${randomBytes(8).toString('hex')}/` };
  const { object, milliseconds: write } = await tryWrite(trial);
  logger.info({ location: store.location, bytes: probedBytes, milliseconds: write }, 'wrote an object');
  try {
    const report = await examine(task, workspace, trial, { object, write });
    await removeLeftovers(workspace, home);
    return report;
  } finally {
    await removeFolder(workspace, trial.folder, never);
  }
}

async function examine(
  task: ProbeTask,
  { store, signingKey, logger }: Workspace,
  trial: Trial,
  { object, write }: { object: TrialObject; write: number },
): Promise<Report> {
  const read = await tryRead(trial, object);
  const list = await tryList(trial, object);
  await tryParts(trial);
  const capabilities = await store.capabilities(trial.folder);
  logger.info({ ...capabilities }, 'found out what the store can do');
  await tryLock(task.repository, trial);
  const deleted = await deleteOrRefusal(trial, object, capabilities);
  return {
    version: 1,
    kind: 'probe',
    location: store.location,
    capabilities,
    latencyMilliseconds: { write, read, list, delete: deleted.milliseconds },
    probedBytes,
    ...(signingKey === undefined ? {} : { signingKeyFingerprint: signingKey.fingerprint }),
    warnings: [...deleted.warnings, ...warningsOf(task.repository, capabilities)],
  };
}

/** Writes a small object as backups are written, and takes for granted only a lock that held. */
async function tryLock({ s3 }: BackupRepositorySpec, { store, folder, signal }: Trial): Promise<void> {
  if (s3?.objectLock === undefined) return;
  const key = `${folder}locked`;
  await store.put(key, Buffer.from('written by pgcairn to see whether object lock works\n'), { signal });
  try {
    await store.delete(key);
  } catch (error) {
    if (error instanceof Failure && error.reason === 'StoreAccessDenied') return;
    throw error;
  }
  throw new Failure(
    'StoreRefused',
    `${store.location} does not keep to s3.objectLock: an object could be deleted although it was to be locked. Use a bucket that was made with object lock, or remove s3.objectLock`,
  );
}

interface Deletion {
  readonly milliseconds: number;
  readonly warnings: readonly string[];
}

async function deleteOrRefusal(
  trial: Trial,
  object: TrialObject,
  capabilities: StoreCapabilities,
): Promise<Deletion> {
  const start = trial.clock.monotonic();
  try {
    return { milliseconds: await tryDelete(trial, object), warnings: [] };
  } catch (error) {
    const refused = error instanceof Failure && error.reason === 'StoreAccessDenied';
    if (!refused || !capabilities.objectLock) throw error;
    const milliseconds = Math.round(trial.clock.monotonic() - start);
    return { milliseconds, warnings: [`objects cannot be deleted at once: ${error.message}`] };
  }
}

/** What works, but differently from what the owner may believe. */
function warningsOf(spec: BackupRepositorySpec, capabilities: StoreCapabilities): string[] {
  const warnings: string[] = [];
  if (!capabilities.conditionalWrite)
    warnings.push('the store cannot refuse to replace an object: two writers of one key would not notice');
  if (!capabilities.multipart)
    warnings.push('the store takes no uploads in parts: objects are limited to one');
  if (capabilities.versioning && spec.s3?.objectLock === undefined)
    warnings.push(
      'the bucket keeps versions: what retention deletes goes on taking room until a lifecycle rule removes old versions',
    );
  if (spec.encryption.none !== undefined) warnings.push('backups lie in the clear (encryption.none)');
  if (spec.signing === undefined) warnings.push('manifests are not signed (signing is absent)');
  return warnings;
}

/**
 * Removes what probes left that were killed, also what a lock has held until now. Every backup removes unfinished
 * uploads as this does: without the permission it would fail.
 */
async function removeLeftovers(workspace: Workspace, home: string): Promise<void> {
  const before = new Date(workspace.clock.now().getTime() - leftoverAgeMilliseconds);
  await removeFolder(workspace, home, before);
  await workspace.store.sweep(home, before);
}

/** What cannot be removed is left for the next probe; whether deleting works at all has been tried before. */
async function removeFolder({ store, logger }: Workspace, folder: string, before: Date): Promise<void> {
  try {
    for await (const { key, modified } of store.list(folder)) {
      if (modified >= before) continue;
      await store.delete(key, { everyVersion: true }).catch((error: unknown) => {
        logger.info({ key, because: String(error) }, 'left an object of a probe behind');
      });
    }
    await store.sweep(folder, before);
  } catch (error) {
    logger.warn({ folder, because: String(error) }, 'could not clean up after a probe');
  }
}
