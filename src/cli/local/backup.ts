import { join } from 'node:path';
import type { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import type { PostgresBackupSpec } from '../../api/v1alpha1/postgres-backup.ts';
import { toInstant } from '../../domain/instant.ts';
import type { Report } from '../../task/report.ts';
import { failureOf } from '../../worker/failure-of.ts';
import { repositoryNamed } from '../input/choose.ts';
import type { Input } from '../input/load.ts';
import type { Given } from '../input/objects.ts';
import { repositoryFolder } from './repository-folder.ts';
import { findPrograms, linkPrograms, requirePrograms } from '../root/postgres-programs.ts';
import { backupNeeds, placeSecrets, repositoryNeeds } from '../root/secret-needs.ts';
import type { TaskRoot } from '../root/task-root.ts';
import { makeTaskRoot } from '../root/task-root.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Progress } from '../terminal/progress.ts';
import { requireOwnFolder } from './own-folder.ts';
import { localRunId, localUid } from './run-id.ts';
import type { WorkerLogLevel } from './run-task.ts';
import { runTask } from './run-task.ts';

export interface BackupOrder {
  readonly input: Input;
  readonly backup: Given<PostgresBackupSpec>;
  readonly postgres: readonly string[];
  readonly logLevel?: WorkerLogLevel;
}

type Repository = Given<BackupRepositorySpec>;

/** One run of a PostgresBackup by the worker's own code. Throws `UsageError` before anything is begun. */
export async function runLocalBackup(
  order: BackupOrder,
  progress: Progress,
  surroundings: Surroundings,
): Promise<Report> {
  const { input, backup } = order;
  const field = ['spec', 'repositoryRef', 'name'];
  const repository = repositoryNamed(input, backup, { name: backup.spec.repositoryRef.name, field });
  const secrets = [
    ...placeSecrets(input.resolved, backup, backupNeeds(backup.spec)),
    ...placeSecrets(input.resolved, repository, repositoryNeeds(repository.spec)),
  ];
  const programs = await findPrograms({
    given: order.postgres,
    path: surroundings.environment['PATH'] ?? '',
  });
  requirePrograms(programs, { server: false });
  const root = await makeTaskRoot({ secrets, ...repositoryFolder(input, repository) });
  try {
    const clientRoot = join(root.path, 'programs');
    await linkPrograms(clientRoot, programs);
    return await runIn(root, clientRoot, { ...order, repository }, progress, surroundings);
  } finally {
    await root.remove();
  }
}

async function runIn(
  root: TaskRoot,
  clientRoot: string,
  order: BackupOrder & { readonly repository: Repository },
  progress: Progress,
  surroundings: Surroundings,
): Promise<Report> {
  const { backup, repository, logLevel } = order;
  const { namespace, name, uid = localUid, spec } = backup;
  const now = surroundings.clock.now();
  const runId = localRunId(now);
  const base = { version: 1 as const, repository: repository.spec, backup: { namespace, name, uid } };
  const common = { root, clientRoot, progress, ...(logLevel === undefined ? {} : { logLevel }) };
  const refusal = await refusalOf(() => requireOwnFolder(base, root, surroundings), surroundings);
  if (refusal !== undefined) return refusal;
  const task = {
    ...base,
    kind: 'backup' as const,
    run: { id: runId, trigger: 'Local' as const, slotTime: toInstant(now) },
    spec,
  };
  const deadlineSeconds = spec.limits.deadlineSeconds;
  const report = await runTask({ ...common, task, deadlineSeconds }, surroundings);
  if (report.kind !== 'failed' || report.mayBePublished !== true || surroundings.signal.aborted)
    return report;
  progress.say('  it is not known whether the run was published: asking the store');
  const inspect = { ...base, kind: 'inspect' as const, run: { id: runId } };
  const found = await runTask({ ...common, task: inspect, deadlineSeconds: 300 }, surroundings);
  if (found.kind !== 'inspect' || found.run === undefined) return report;
  return { version: 1, kind: 'backup', run: found.run, notes: [report.message] };
}

/** What keeps a run from being begun, as the worker would report it. */
async function refusalOf(
  check: () => Promise<void>,
  { signal, scrubber }: Surroundings,
): Promise<Report | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    const { reason, message } = failureOf(error, signal);
    return { version: 1, kind: 'failed', reason, message: scrubber.scrub(message) };
  }
}
