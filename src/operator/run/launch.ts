import type { CurrentRun } from '../../api/v1alpha1/run-status.ts';
import { toInstant } from '../../domain/instant.ts';
import { slotNames } from '../../domain/slot.ts';
import { jobType, networkPolicyType } from '../../kube/types.ts';
import type { Action } from '../../runtime/decision.ts';
import { annotationOf, notes, uidOf } from '../marks.ts';
import type { Journal } from './journal.ts';
import type { RunObjects, RunStep, RunTypes, RunView } from './kind.ts';
import type { KindView } from './settle-slots.ts';
import type { DueSlot } from './slots.ts';

/**
 * Starts a run of `due`. The status that names the run is written before anything is made, and the mark on the object
 * before the Job: after a crash at any point the same slot gives the same Job and the same run.
 */
export function launch<T extends RunTypes>(view: KindView<T>, before: T['facts'], due: DueSlot): RunStep<T> {
  const { owner } = view.seen;
  const { runId, jobName } = slotNames({ name: owner.metadata.name, uid: uidOf(owner) }, due);
  const currentRun: CurrentRun = {
    runId,
    trigger: due.trigger,
    slotTime: toInstant(due.time),
    jobName,
    stage: 'Launching',
    startTime: toInstant(view.now),
  };
  const facts: T['facts'] = {
    ...before,
    ...(due.trigger === 'Request' ? { lastRequest: due.mark } : { lastSlotTime: toInstant(due.time) }),
    currentRun,
  };
  return {
    facts,
    actions: makeRun({ ...view, facts, run: currentRun }),
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

/** Everything that a run needs before its Job may start; none of it while something that it is made from is missing. */
export function makeRun<T extends RunTypes>(view: RunView<T>): readonly Action[] {
  const objects = view.kind.runObjects(view);
  return objects ? [...markObject(view), ...makeObjects(objects)] : [];
}

/** The policy first: no pod may start without it. */
export function makeObjects({ policy, job }: RunObjects): readonly Action[] {
  return [
    { do: 'apply', type: networkPolicyType, object: policy },
    { do: 'create', type: jobType, object: job },
  ];
}

function markObject<T extends RunTypes>({ kind, seen, facts }: RunView<T>): readonly Action[] {
  const { owner } = seen;
  const { lastSlotTime, lastRequest }: Journal = facts;
  const marks = {
    ...(lastSlotTime !== undefined && { [notes.lastSlot]: lastSlotTime }),
    ...(lastRequest !== undefined && { [notes.lastRequest]: lastRequest }),
  };
  const isMarked = Object.entries(marks).every(
    ([name, value]) => annotationOf(owner.metadata, name) === value,
  );
  if (isMarked) return [];
  return [
    {
      do: 'patch',
      type: kind.type,
      key: { namespace: owner.metadata.namespace ?? '', name: owner.metadata.name },
      uid: uidOf(owner),
      patch: { metadata: { annotations: marks } },
    },
  ];
}
