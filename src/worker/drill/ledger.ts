import type { Clock } from '../../base/clock.ts';
import type { CheckId, Evidence, EvidenceCheck, EvidencePhase } from '../../domain/evidence.ts';
import type { DrillTask } from '../../task/task.ts';
import { failureOf } from '../failure-of.ts';
import { step } from '../run-context.ts';
import type { Workspace } from '../workspace.ts';

type Mutable<Part> = { -readonly [Key in keyof Part]: Part[Key] };

/** What a drill has found out so far: evidence in the making. */
export interface Ledger extends Mutable<
  Pick<Evidence, 'checks' | 'tables' | 'controls' | 'findings' | 'phases' | 'measured' | 'backup' | 'server'>
> {
  readonly startTime: Date;
  /** Of the clock that never goes back, when the drill began. */
  readonly start: number;
  /** How many runs were passed over, since they are from before a change of the repository's key. */
  passedOver: number;
}

/** What every step of one drill works with. */
export interface DrillContext extends Workspace {
  readonly task: DrillTask;
  readonly ledger: Ledger;
}

export function openLedger(clock: Clock): Ledger {
  return {
    startTime: clock.now(),
    start: clock.monotonic(),
    checks: [],
    tables: [],
    controls: [],
    findings: [],
    phases: [],
    measured: {},
    passedOver: 0,
  };
}

/** The backup is not what it says, or does not restore. The check that found it out is in the ledger. */
export class Refuted extends Error {
  override readonly name = 'Refuted';
}

export type Finding = Pick<EvidenceCheck, 'outcome' | 'detail' | 'count'>;

/**
 * Makes one check. `Refuted` fails it; any other error leaves it undecided. Both end the drill: there is nothing left
 * to check in a run that is not there or not itself.
 */
export async function makeCheck<Result>(
  { ledger, clock, signal }: DrillContext,
  id: CheckId,
  work: () => Promise<readonly [Finding, Result]>,
): Promise<Result> {
  const start = clock.monotonic();
  const note = (finding: Finding): void => {
    const seconds = Math.round(clock.monotonic() - start) / 1000;
    ledger.checks.push({ id, ...finding, seconds });
  };
  try {
    const [finding, result] = await work();
    note(finding);
    return result;
  } catch (error) {
    // What is found after the work was cut off may come of that.
    const refuted = error instanceof Refuted && !signal.aborted;
    note({
      outcome: refuted ? 'Failed' : 'Undecided',
      detail: refuted ? error.message : failureOf(error, signal).message,
    });
    throw error;
  }
}

/** Runs one phase: named to the meter and the log, and its time put into the ledger, also when it fails. */
export async function runPhase<Result>(
  context: DrillContext,
  name: EvidencePhase['name'],
  words: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const { ledger, clock } = context;
  const start = clock.monotonic();
  try {
    return (await step(context, words, work)).result;
  } finally {
    notePhase(ledger, name, start, clock.monotonic());
  }
}

/** Seconds from the start of the drill until the first byte was fetched. */
export function fetchedFrom({ phases }: Ledger): number {
  const fetch = phases.find(({ name }) => name === 'Fetch');
  if (fetch === undefined) throw new Error('nothing was fetched');
  return fetch.startSeconds;
}

/** The phase that ended last. */
export function lastPhase({ phases }: Ledger): Pick<EvidencePhase, 'startSeconds' | 'seconds'> {
  return phases.at(-1) ?? { startSeconds: 0, seconds: 0 };
}

/** Times by the clock that never goes back. */
export function notePhase(ledger: Ledger, name: EvidencePhase['name'], start: number, end: number): void {
  ledger.phases.push({
    name,
    startSeconds: Math.round(start - ledger.start) / 1000,
    seconds: Math.round(end - start) / 1000,
  });
}
