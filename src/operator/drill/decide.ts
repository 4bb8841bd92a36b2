import type { BackupDrillSpec, BackupDrillStatus } from '../../api/v1alpha1/backup-drill.ts';
import type { Decision } from '../../runtime/decision.ts';
import type { DrillEventReason } from '../event-reasons.ts';
import { refusalOf } from '../job/refusal.ts';
import { releaseOrphans } from '../run/let-go.ts';
import { allJobs, isGoing } from '../run/all-jobs.ts';
import { foldEnded, passRuns, withRefusal } from '../run/pass.ts';
import { onlyActions, rest } from '../step.ts';
import { drillRuns } from './run-kind.ts';
import type { Seen, SeenPresent } from './seen.ts';
import { factsOf } from './seen.ts';
import { ofSource, sourceText } from './source.ts';
import { deletingStatus, invalidStatus, statusOf } from './status.ts';

/** One pass over a BackupDrill. */
export function decide(seen: Seen, now: Date): Decision<BackupDrillStatus, DrillEventReason> {
  if (seen.state === 'absent') return onlyActions(releaseOrphans(seen.orphans));
  const before = factsOf(seen.owner);
  if (seen.owner.metadata.deletionTimestamp !== undefined) {
    const actions = releaseOrphans(allJobs(seen).filter(({ job }) => isGoing(job)));
    return { status: deletingStatus(seen, before, now), actions, events: [] };
  }
  if (seen.spec.state === 'invalid') {
    const step = foldEnded(drillRuns, seen, before, now) ?? rest(before);
    const status = invalidStatus(seen, step.facts, seen.spec.fault, now);
    return { status, actions: step.actions, events: step.events };
  }
  return decidePresent(seen, seen.spec.spec, now);
}

function decidePresent(
  seen: SeenPresent,
  spec: BackupDrillSpec,
  now: Date,
): Decision<BackupDrillStatus, DrillEventReason> {
  const facts = ofSource(factsOf(seen.owner), sourceText(spec));
  const step = passRuns({ kind: drillRuns, seen, spec, now }, facts);
  return {
    status: statusOf(seen, spec, step, now),
    actions: step.actions,
    events: step.events,
    refused: (object, words) => {
      const refusal = refusalOf(object, words);
      return refusal && statusOf(seen, spec, withRefusal(step, refusal), now);
    },
    ...(step.wakeAfterSeconds !== undefined && { wakeAfterSeconds: step.wakeAfterSeconds }),
  };
}
