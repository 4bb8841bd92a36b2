import type { DrillRecord } from '../../api/v1alpha1/backup-drill.ts';
import { counted, cut, shortDuration } from '../../domain/amounts.ts';
import { toInstant } from '../../domain/instant.ts';
import type { EventNote } from '../../runtime/decision.ts';
import type { DrillFacts } from '../../task/report.ts';
import type { DrillEventReason } from '../event-reasons.ts';
import type { Trouble } from '../job/trouble.ts';
import { annotationOf, notes } from '../marks.ts';
import { endRun } from '../run/let-go.ts';
import { defined } from '../step.ts';
import type { DrillEnd, DrillStep, DrillTypes, Facts } from './seen.ts';

const drillsKept = 12;
const noteLimit = 1000;
/** What the status schema takes. */
const messageLimit = 4096;
const reasonForm = /^[A-Z][A-Za-z]{0,63}$/;

/** Writes a drill with evidence into the facts and lets go of what held it. `words`: what else there is to say. */
export function foldDrill(view: DrillEnd, drill: DrillFacts, words?: string): DrillStep {
  const { verdict, backupRunId, snapshotTime, recoveryTimeSeconds } = drill;
  const completionTime = wholeSeconds(drill.completionTime);
  const { runId, trigger, slotTime, startTime } = view.run;
  const record: DrillRecord = defined({
    runId,
    trigger,
    slotTime,
    startTime,
    completionTime,
    backupRunId,
    verdict,
    reason: reasonForm.test(drill.reason) ? drill.reason : verdict,
    message: cut([drillMessage(drill), ...(words === undefined ? [] : [words])].join('; '), messageLimit),
    recoveryTimeSeconds,
    recoveryPointSeconds: drill.recoveryPointSeconds,
    largestGapSeconds: drill.largestGapSeconds,
    phases: drill.phases,
    tables: drill.tables,
    rows: drill.rows,
    storedBytes: drill.storedBytes,
    restoredBytes: drill.restoredBytes,
    evidence: drill.evidence && defined({ ...drill.evidence, location: view.run.location }),
  });
  const isProof =
    verdict === 'Passed' &&
    backupRunId !== undefined &&
    snapshotTime !== undefined &&
    recoveryTimeSeconds !== undefined;
  const lastPassed = isProof && {
    runId,
    backupRunId,
    ...(drill.backupUid !== undefined && { backupUid: drill.backupUid }),
    time: completionTime,
    snapshotTime: wholeSeconds(snapshotTime),
    recoveryTimeSeconds,
    ...((drill.content === 'All' || drill.content === 'SchemaOnly') && { content: drill.content }),
  };
  const facts = withRecord(view, record);
  return ended(view, lastPassed ? { ...facts, lastPassed } : facts, record);
}

/** A drill that left no evidence: it says nothing about the backup, whatever its worker did. */
export function foldNothing(view: DrillEnd, failure: Trouble): DrillStep {
  const { runId, trigger, slotTime, startTime } = view.run;
  const record: DrillRecord = {
    runId,
    trigger,
    slotTime,
    startTime,
    completionTime: toInstant(view.now),
    verdict: 'Inconclusive',
    reason: failure.reason,
    message: cut(failure.message, messageLimit),
  };
  return ended(view, withRecord(view, record), record);
}

/** Newest first; a drill that is folded a second time replaces its record. */
function withRecord({ facts, seen }: DrillEnd, record: DrillRecord): Facts {
  const { recoveryTime: _time, recoveryPoint: _point, missedRuns, ...others } = facts;
  const { recoveryTimeSeconds: time, recoveryPointSeconds: point, verdict } = record;
  const before = (facts.history ?? []).filter(({ runId }) => runId !== record.runId);
  // The Job says what it was made to restore, should the spec have changed since.
  const source =
    seen.current.state === 'ours' ? annotationOf(seen.current.job.metadata, notes.source) : undefined;
  return {
    ...others,
    ...(source !== undefined && { source }),
    verdict,
    ...(time !== undefined && { recoveryTime: shortDuration(time) }),
    ...(point !== undefined && { recoveryPoint: shortDuration(point) }),
    // Missed drills are counted since the last one that passed.
    ...(missedRuns && verdict !== 'Passed' && { missedRuns }),
    lastRun: record,
    history: [record, ...before].slice(0, drillsKept),
  };
}

const endings = {
  Passed: { type: 'Normal', reason: 'DrillPassed' },
  Failed: { type: 'Warning', reason: 'DrillFailed' },
  Inconclusive: { type: 'Warning', reason: 'DrillInconclusive' },
} as const satisfies Record<DrillRecord['verdict'], Pick<EventNote<DrillEventReason>, 'type' | 'reason'>>;

function ended(
  { seen }: DrillEnd,
  facts: Facts,
  { runId, verdict, reason, message }: DrillRecord,
): DrillStep {
  const words = verdict === 'Passed' ? message : `${reason}: ${message}`;
  const note = cut(`${runId}: ${words}`, noteLimit);
  return endRun<DrillTypes>(seen, facts, [{ ...endings[verdict], action: 'Drill', note }]);
}

function drillMessage({ backupRunId, message, tables, rows, recoveryTimeSeconds: time }: DrillFacts): string {
  const words = [
    ...(backupRunId === undefined ? [] : [`run ${backupRunId}`]),
    ...(time === undefined ? [] : [`restored and checked in ${shortDuration(time)}`]),
    ...(tables === undefined || rows === undefined
      ? []
      : [`${counted(tables, 'table')}, ${counted(rows, 'row')}`]),
  ];
  return words.length === 0 ? message : `${words.join(', ')}: ${message}`;
}

function wholeSeconds(time: string): string {
  return toInstant(new Date(time));
}
