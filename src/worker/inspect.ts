import { Failure } from '../domain/failure.ts';
import type { Report } from '../task/report.ts';
import type { InspectTask } from '../task/task.ts';
import { readCatalogue } from './catalogue.ts';
import { runFacts, storedFacts } from './run-facts.ts';
import type { Workspace } from './workspace.ts';

/** Asks the store whether a run exists, when the worker that should have reported it is gone. */
export async function inspectRun(task: InspectTask, workspace: Workspace): Promise<Report> {
  const catalogue = await readCatalogue(workspace, task.backup);
  const invalid = catalogue.invalid.find(({ folder }) => folder.runId === task.run.id);
  if (invalid !== undefined)
    throw new Failure(
      'ManifestInvalid',
      `the manifest of run ${task.run.id} does not hold: ${invalid.fault}`,
    );
  const run = catalogue.runs.find(({ folder }) => folder.runId === task.run.id);
  return {
    version: 1,
    kind: 'inspect',
    ...(run === undefined ? {} : { run: runFacts(run) }),
    stored: storedFacts(catalogue, { removedRuns: 0, sweptObjects: 0 }),
  };
}
