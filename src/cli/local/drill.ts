import { join } from 'node:path';
import type { BackupDrillSpec } from '../../api/v1alpha1/backup-drill.ts';
import type { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import { toInstant } from '../../domain/instant.ts';
import type { Report } from '../../task/report.ts';
import type { DrillTask } from '../../task/task.ts';
import type { DrillSource } from '../input/choose.ts';
import { drillSource } from '../input/choose.ts';
import type { Input } from '../input/load.ts';
import type { Given } from '../input/objects.ts';
import type { Programs } from '../root/postgres-programs.ts';
import { findPrograms, linkPrograms, requirePrograms } from '../root/postgres-programs.ts';
import type { PlacedSecret } from '../root/secret-needs.ts';
import { drillNeeds, placeSecrets, repositoryNeeds } from '../root/secret-needs.ts';
import type { TaskRoot } from '../root/task-root.ts';
import { makeTaskRoot } from '../root/task-root.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Progress } from '../terminal/progress.ts';
import type { EvidenceCopy } from './evidence-copy.ts';
import { readEvidence } from './evidence-copy.ts';
import { repositoryFolder } from './repository-folder.ts';
import { localRunId, localUid } from './run-id.ts';
import type { WorkerLogLevel } from './run-task.ts';
import { runTask } from './run-task.ts';

export interface DrillOptions {
  readonly postgres: readonly string[];
  readonly logLevel?: WorkerLogLevel;
}

/** A drill with all that it needs, so that nothing is left that a person could have got wrong. */
export interface PreparedDrill {
  readonly drill: Given<BackupDrillSpec>;
  readonly source: DrillSource;
  readonly secrets: readonly PlacedSecret[];
  readonly programs: readonly Programs[];
  readonly repositoryFolder?: string;
  readonly logLevel?: WorkerLogLevel;
}

export interface DrillEnd {
  readonly drill: Given<BackupDrillSpec>;
  /** A `drill`, or `failed` where no evidence could be left. */
  readonly report: Report;
  /** As it lies in the repository. */
  readonly evidence?: EvidenceCopy;
}

/** Throws `UsageError`. */
export async function prepareDrill(
  input: Input,
  drill: Given<BackupDrillSpec>,
  { postgres, logLevel }: DrillOptions,
  { environment }: Surroundings,
): Promise<PreparedDrill> {
  const source = drillSource(input, drill);
  const secrets = [
    ...placeSecrets(input.resolved, drill, drillNeeds(drill.spec)),
    ...placeSecrets(input.resolved, source.repository, repositoryNeeds(source.repository.spec)),
  ];
  const folder = repositoryFolder(input, source.repository);
  const programs = await findPrograms({ given: postgres, path: environment['PATH'] ?? '' });
  requirePrograms(programs, { server: true });
  return { drill, source, secrets, programs, ...folder, ...(logLevel === undefined ? {} : { logLevel }) };
}

/** One drill by the worker's own code, with a server of this machine. */
export async function runLocalDrill(
  prepared: PreparedDrill,
  progress: Progress,
  surroundings: Surroundings,
): Promise<DrillEnd> {
  const { drill, source, programs } = prepared;
  const root = await makeTaskRoot({ ...prepared, needsRoom: true });
  try {
    const clientRoot = join(root.path, 'programs');
    await linkPrograms(clientRoot, programs);
    const task = drillTask(prepared, surroundings.clock.now());
    const report = await runDrillTask({ prepared, root, clientRoot, task, progress }, surroundings);
    if (report.kind !== 'drill') return { drill, report };
    const evidence = await readEvidence(repositorySpec(source), root, task, surroundings).catch(
      (error: unknown) => {
        // The verdict stands, whatever became of the store since.
        progress.say(`  the evidence is stored, and could not be read back: ${(error as Error).message}`);
        return undefined;
      },
    );
    if (evidence === undefined) return { drill, report };
    const { repositoryFolder: folder } = prepared;
    const location = folder === undefined ? evidence.location : `${evidence.location} (folder ${folder})`;
    return { drill, report, evidence: { ...evidence, location } };
  } finally {
    await root.remove();
  }
}

function repositorySpec({ repository }: DrillSource): BackupRepositorySpec {
  return repository.spec;
}

function drillTask({ drill, source }: PreparedDrill, now: Date): DrillTask {
  const { namespace, name, uid = localUid, spec } = drill;
  return {
    version: 1,
    kind: 'drill',
    repository: repositorySpec(source),
    drill: { namespace, name, uid },
    run: { id: localRunId(now), trigger: 'Local', slotTime: toInstant(now) },
    source: source.backup,
    spec,
  };
}

const hangingSeconds = 120;

interface DrillRun {
  readonly prepared: PreparedDrill;
  readonly root: TaskRoot;
  readonly clientRoot: string;
  readonly task: DrillTask;
  readonly progress: Progress;
}

/** A drill whose evidence may have been stored without the worker learning of it has its store asked. */
async function runDrillTask(
  { prepared, root, clientRoot, task, progress }: DrillRun,
  surroundings: Surroundings,
): Promise<Report> {
  const { programs, logLevel, drill } = prepared;
  const common = { root, clientRoot, progress, ...(logLevel === undefined ? {} : { logLevel }) };
  const localServer = {
    searchPath: surroundings.environment['PATH'] ?? '',
    programFolders: programs.filter(({ server }) => server).map(({ bin }) => bin),
  };
  // The worker keeps the deadline by itself, and leaves evidence of it: this one is for a worker that hangs.
  const deadlineSeconds = drill.spec.limits.deadlineSeconds + hangingSeconds;
  const report = await runTask({ ...common, task, localServer, deadlineSeconds }, surroundings);
  if (report.kind !== 'failed' || report.mayBePublished !== true || surroundings.signal.aborted)
    return report;
  progress.say('  it is not known whether the evidence was stored: asking the store');
  const { version, repository, run } = task;
  const inspect = {
    version,
    repository,
    kind: 'inspect-drill',
    drill: task.drill,
    run: { id: run.id },
  } as const;
  const found = await runTask({ ...common, task: inspect, deadlineSeconds: 300 }, surroundings);
  if (found.kind !== 'inspect-drill' || found.drill === undefined) return report;
  return { version: 1, kind: 'drill', drill: found.drill };
}
