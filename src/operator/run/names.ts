import type { CurrentRun } from '../../api/v1alpha1/run-status.ts';
import type { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import type { KubeObject } from '../../base/resource.ts';
import { locationOf } from '../job/location.ts';
import { notes, uidOf } from '../marks.ts';

/** Asking the store takes seconds; a store that cannot be asked in this time is not asked any longer. */
export const inspectDeadlineSeconds = 900;

/** Name of the Job that asks the store about a run. */
export function inspectJobName(run: CurrentRun): string {
  return `${run.jobName}-i`;
}

/** The mark of a run's slot, as its Job carries it. */
export function slotIdOf(run: CurrentRun): string {
  return run.jobName.slice(-10);
}

/** What makes the Job of a run recognizable, and the run known again should its status be lost. */
export function runAnnotations(
  owner: KubeObject,
  run: CurrentRun,
  repository: BackupRepositorySpec,
): Readonly<Record<string, string>> {
  return {
    [notes.slotId]: slotIdOf(run),
    [notes.slotTime]: run.slotTime,
    [notes.trigger]: run.trigger,
    [notes.runId]: run.runId,
    [notes.generation]: String(owner.metadata.generation ?? 0),
    [notes.location]: locationOf(repository),
  };
}

/** How a task names an object. */
export function identityOf(owner: KubeObject): { namespace: string; name: string; uid: string } {
  return { namespace: owner.metadata.namespace ?? '', name: owner.metadata.name, uid: uidOf(owner) };
}
