import { join } from 'node:path';
import { assertNever } from '../base/assert-never.ts';
import type { Clock } from '../base/clock.ts';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Scrubber } from '../base/redact.ts';
import type { Failure } from '../domain/failure.ts';
import type { Meter } from '../stream/meter.ts';
import { createMeter } from '../stream/meter.ts';
import { exitCodes } from '../task/exit-codes.ts';
import { workerPaths } from '../task/paths.ts';
import type { Report } from '../task/report.ts';
import type { Task } from '../task/task.ts';
import { runBackup } from './backup.ts';
import { inspectDrill } from './drill/inspect.ts';
import { runDrill } from './drill.ts';
import { failureOf } from './failure-of.ts';
import { inspectRun } from './inspect.ts';
import { logProgress } from './progress-log.ts';
import type { ProgressServer } from './progress-server.ts';
import { serveProgress } from './progress-server.ts';
import { probeRepository } from './probe.ts';
import { pruneBackup } from './prune.ts';
import { PublicationUnknown } from './finish.ts';
import { readTask } from './read-task.ts';
import { scrubReport, writeReport } from './report-file.ts';
import type { LocalServer, Workspace, WorkerSurroundings } from './workspace.ts';
import { openWorkspace } from './workspace.ts';

export interface WorkerOptions {
  /** Folder with task and Secrets (src/task/paths.ts). */
  readonly root: string;
  readonly terminationPath: string;
  readonly version: string;
  readonly logger: Logger;
  /** The one that `logger` writes through. */
  readonly scrubber: Scrubber;
  /** Aborts on SIGTERM: the run ends at once, and nothing of it stays visible. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly clientRoot?: string;
  /** See `WorkerSurroundings`. */
  readonly localServer?: LocalServer;
  /** Where progress can be asked for; default 9188, 0 takes any. */
  readonly progressPort?: number | 'None';
  /** Where the work notes how far it is; a new one by default. */
  readonly meter?: Meter;
}

/** Does what the task file says, writes the report, and returns the exit code for the process. Never throws. */
export async function runWorker(options: WorkerOptions): Promise<number> {
  const clock = options.clock ?? systemClock;
  const meter = options.meter ?? createMeter(() => clock.monotonic());
  const { logger, scrubber } = options;
  let mayBePublished = false;
  let announced = false;
  const announce = async (report: Report): Promise<void> => {
    await writeReport(options.terminationPath, scrubReport(report, scrubber));
    announced = true;
  };
  const hasEnded = (): boolean => announced;
  const outcome = await perform({ ...options, clock, meter, announce, hasEnded }).catch((error: unknown) => {
    mayBePublished = error instanceof PublicationUnknown;
    const failure = failureOf(error instanceof PublicationUnknown ? error.cause : error, options.signal);
    logger.error({ reason: failure.reason, mayBePublished, err: failure }, 'the task failed');
    return failure;
  });
  const report = scrubReport('kind' in outcome ? outcome : failureReport(outcome, mayBePublished), scrubber);
  await writeReport(options.terminationPath, report).catch((error: unknown) => {
    logger.error({ err: error, report }, 'the report could not be written');
  });
  return 'kind' in outcome ? exitCodes.success : exitCodeOf(outcome);
}

type Performance = WorkerSurroundings & WorkerOptions & { readonly hasEnded: () => boolean };

async function perform(surroundings: Performance): Promise<Report> {
  const task = await readTask(join(surroundings.root, workerPaths.task));
  const workspace = await openWorkspace(task.repository, surroundings);
  const { logger, meter, clock } = workspace;
  const runId = 'run' in task ? task.run.id : '';
  const stopLog = logProgress(meter, logger, () => clock.monotonic());
  const progress = await openProgress(runId, workspace, surroundings);
  logger.info({ kind: task.kind, store: workspace.store.location }, 'task begins');
  try {
    return await dispatch(task, workspace);
  } finally {
    stopLog();
    await progress?.close();
    await workspace.store.close();
  }
}

async function openProgress(
  runId: string,
  { meter, logger }: Workspace,
  { progressPort: port = workerPaths.progressPort, hasEnded }: Performance,
): Promise<ProgressServer | undefined> {
  if (port === 'None') return undefined;
  return await serveProgress(runId, meter, port, hasEnded).catch((error: unknown) => {
    logger.warn({ err: error }, 'progress cannot be asked for; the task goes on');
    return undefined;
  });
}

async function dispatch(task: Task, workspace: Workspace): Promise<Report> {
  switch (task.kind) {
    case 'backup':
      return await runBackup(task, workspace);
    case 'inspect':
      return await inspectRun(task, workspace);
    case 'prune':
      return await pruneBackup(task, workspace);
    case 'probe':
      return await probeRepository(task, workspace);
    case 'drill':
      return await runDrill(task, workspace);
    case 'inspect-drill':
      return await inspectDrill(task, workspace);
    default:
      return assertNever(task);
  }
}

function failureReport({ reason, message }: Failure, mayBePublished: boolean): Report {
  return { version: 1, kind: 'failed', reason, message, ...(mayBePublished && { mayBePublished }) };
}

function exitCodeOf(failure: Failure): number {
  if (failure.reason === 'Interrupted') return exitCodes.interrupted;
  if (failure.reason === 'TaskInvalid') return exitCodes.taskInvalid;
  return failure.retriable ? exitCodes.retriable : exitCodes.permanent;
}
