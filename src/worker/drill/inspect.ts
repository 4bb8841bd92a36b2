import type { Report } from '../../task/report.ts';
import type { InspectDrillTask } from '../../task/task.ts';
import type { Workspace } from '../workspace.ts';
import { factsOfEvidence, findEvidence } from './evidence.ts';

/** Asks the store what a drill came to, when the worker that should have reported it is gone. */
export async function inspectDrill(task: InspectDrillTask, workspace: Workspace): Promise<Report> {
  const stored = await findEvidence(workspace, task.drill, task.run.id);
  return {
    version: 1,
    kind: 'inspect-drill',
    ...(stored === undefined ? {} : { drill: factsOfEvidence(stored.evidence, stored) }),
  };
}
