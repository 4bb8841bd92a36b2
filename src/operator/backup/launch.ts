import type { CurrentRun, PostgresBackupSpec } from '../../api/v1alpha1/postgres-backup.ts';
import { postgresBackupType } from '../../api/v1alpha1/postgres-backup.ts';
import { toInstant } from '../../domain/instant.ts';
import { slotNames } from '../../domain/slot.ts';
import { jobType, networkPolicyType } from '../../kube/types.ts';
import type { Action } from '../../runtime/decision.ts';
import { annotationOf, notes, uidOf } from '../marks.ts';
import { backupNetworkPolicy, runJob } from './objects.ts';
import type { BackupStep, Facts, SeenPresent } from './seen.ts';
import type { DueSlot } from './slots.ts';

/**
 * Starts a run of `due`. The status that names the run is written before anything is made, and the mark on the object
 * before the Job: after a crash at any point the same slot gives the same Job and the same run.
 */
export function launch(
  seen: SeenPresent,
  spec: PostgresBackupSpec,
  facts: Facts,
  due: DueSlot,
  now: Date,
): BackupStep {
  const { runId, jobName } = slotNames({ name: seen.backup.metadata.name, uid: uidOf(seen.backup) }, due);
  const currentRun: CurrentRun = {
    runId,
    trigger: due.trigger,
    slotTime: toInstant(due.time),
    jobName,
    stage: 'Launching',
    startTime: toInstant(now),
  };
  const marked: Facts =
    due.trigger === 'Request'
      ? { ...facts, lastRequest: due.mark }
      : { ...facts, lastSlotTime: toInstant(due.time) };
  return {
    facts: { ...marked, currentRun },
    actions: makeRun(seen, spec, { ...marked, currentRun }, currentRun),
    events: [
      {
        type: 'Normal',
        reason: 'RunLaunched',
        action: 'Launch',
        note: `run ${runId} (${due.trigger}) as Job ${jobName}`,
      },
    ],
    wakeAfterSeconds: 0,
  };
}

/** Everything that a run needs before its Job may start; none of it while the repository cannot be read. */
export function makeRun(
  seen: SeenPresent,
  spec: PostgresBackupSpec,
  facts: Facts,
  run: CurrentRun,
): readonly Action[] {
  const { settings, backup, repository } = seen;
  if (repository.state === 'missing' || repository.state === 'invalid') return [];
  const parts = { settings, backup, repository: repository.spec };
  return [
    ...markObject(seen, facts),
    { do: 'apply', type: networkPolicyType, object: backupNetworkPolicy(parts) },
    { do: 'create', type: jobType, object: runJob(parts, spec, run, slotIdOf(run)) },
  ];
}

/** The mark of a run's slot, as its Job carries it. */
export function slotIdOf(run: CurrentRun): string {
  return run.jobName.slice(-10);
}

function markObject({ backup }: SeenPresent, facts: Facts): readonly Action[] {
  const marks = {
    ...(facts.lastSlotTime !== undefined && { [notes.lastSlot]: facts.lastSlotTime }),
    ...(facts.lastRequest !== undefined && { [notes.lastRequest]: facts.lastRequest }),
  };
  const isMarked = Object.entries(marks).every(
    ([name, value]) => annotationOf(backup.metadata, name) === value,
  );
  if (isMarked) return [];
  return [
    {
      do: 'patch',
      type: postgresBackupType,
      key: { namespace: backup.metadata.namespace ?? '', name: backup.metadata.name },
      uid: uidOf(backup),
      patch: { metadata: { annotations: marks } },
    },
  ];
}
