import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogger } from '../../runtime/logger.ts';
import { workerPaths } from '../../task/paths.ts';
import { Report } from '../../task/report.ts';
import type { Task } from '../../task/task.ts';
import { runWorker } from '../../worker/run.ts';
import type { LocalServer } from '../../worker/workspace.ts';
import type { Surroundings } from '../surroundings.ts';
import type { TaskRoot } from '../root/task-root.ts';
import type { Progress } from '../terminal/progress.ts';
import { warningsOnly } from '../terminal/worker-logger.ts';

export type WorkerLogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LocalRun {
  readonly task: Task;
  readonly root: TaskRoot;
  /** `<major>/bin` with the client programs. */
  readonly clientRoot: string;
  /** For a drill, which starts its server itself. */
  readonly localServer?: LocalServer;
  readonly progress: Progress;
  readonly deadlineSeconds: number;
  /** The worker's own log as JSON lines on standard error; absent: only its warnings, in words. */
  readonly logLevel?: WorkerLogLevel;
}

/** Has the worker do a task in this process, and returns its report. */
export async function runTask(run: LocalRun, surroundings: Surroundings): Promise<Report> {
  const { root, progress } = run;
  const { scrubber, stderr, clock, version, signal } = surroundings;
  const deadline = AbortSignal.timeout(run.deadlineSeconds * 1000);
  await writeFile(join(root.path, workerPaths.task), JSON.stringify(run.task), { mode: 0o600 });
  await runWorker({
    root: root.path,
    terminationPath: root.terminationPath,
    clientRoot: run.clientRoot,
    ...(run.localServer === undefined ? {} : { localServer: run.localServer }),
    version,
    scrubber,
    clock,
    logger:
      run.logLevel === undefined
        ? warningsOnly((line) => progress.say(line))
        : createLogger({
            level: run.logLevel,
            scrubber,
            destination: { write: (line) => void stderr.write(line) },
          }),
    signal: AbortSignal.any([signal, deadline]),
    progressPort: 'None',
    meter: progress.meter,
  });
  const report = Report.parse(JSON.parse(await readFile(root.terminationPath, 'utf8')));
  return deadline.aborted && !signal.aborted ? explainDeadline(report, run.deadlineSeconds) : report;
}

function explainDeadline(report: Report, seconds: number): Report {
  if (report.kind !== 'failed' || report.reason !== 'Interrupted') return report;
  return {
    ...report,
    reason: 'DeadlineExceeded',
    message: `it took longer than limits.deadlineSeconds, ${String(seconds)} s`,
  };
}
