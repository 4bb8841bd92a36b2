import type { PostgresBackupSpec, PostgresBackupStatus } from '../../api/v1alpha1/postgres-backup.ts';
import type { Decision } from '../../runtime/decision.ts';
import type { BackupEventReason } from '../event-reasons.ts';
import { refusalOf } from '../job/refusal.ts';
import { releaseOrphans } from '../run/let-go.ts';
import { foldEnded, passRuns, withRefusal } from '../run/pass.ts';
import { onlyActions, rest, soonest } from '../step.ts';
import { decideDeletion } from './deletion.ts';
import { withProof } from './proof.ts';
import { backupRuns } from './run-kind.ts';
import { wantedFinalizer } from './runs-finalizer.ts';
import type { Facts, Seen, SeenPresent } from './seen.ts';
import { factsOf } from './seen.ts';
import { invalidStatus, objectiveFlipSeconds, statusOf, storedPromise } from './status.ts';

/** One pass over a PostgresBackup. */
export function decide(seen: Seen, now: Date): Decision<PostgresBackupStatus, BackupEventReason> {
  if (seen.state === 'absent') return onlyActions(releaseOrphans(seen.orphans));
  if (seen.owner.metadata.deletionTimestamp !== undefined) return decideDeletion(seen, now);
  const before = withProof(factsOf(seen.owner), seen);
  if (seen.spec.state === 'invalid') {
    const step = foldEnded(backupRuns, seen, before, now) ?? rest(before);
    const flip = objectiveFlipSeconds(seen, storedPromise(seen), step.facts, now);
    const status = invalidStatus(seen, step.facts, seen.spec.fault, now);
    return { status, actions: step.actions, events: step.events, ...wake(flip) };
  }
  const { spec } = seen.spec;
  const finalizer = wantedFinalizer(seen, spec.deletionPolicy === 'Delete');
  if (finalizer) return onlyActions([finalizer]);
  return decidePresent(seen, spec, before, now);
}

function decidePresent(
  seen: SeenPresent,
  spec: PostgresBackupSpec,
  before: Facts,
  now: Date,
): Decision<PostgresBackupStatus, BackupEventReason> {
  const step = passRuns({ kind: backupRuns, seen, spec, now }, before);
  return {
    status: statusOf(seen, spec, step, now),
    actions: step.actions,
    events: step.events,
    refused: (object, words) => {
      const refusal = refusalOf(object, words);
      return refusal && statusOf(seen, spec, withRefusal(step, refusal), now);
    },
    ...wake(soonest(step.wakeAfterSeconds, objectiveFlipSeconds(seen, spec, step.facts, now))),
  };
}

function wake(wakeAfterSeconds: number | undefined): { wakeAfterSeconds?: number } {
  return wakeAfterSeconds === undefined ? {} : { wakeAfterSeconds };
}
