import type { Verdict } from '../api/v1alpha1/backup-drill-status.ts';
import { counted } from './amounts.ts';
import type { CheckId as CheckIdType, EvidenceCheck, EvidenceControl, EvidenceTable } from './evidence.ts';
import { CheckId } from './evidence.ts';
import type { Failure } from './failure.ts';
import type { Manifest } from './manifest.ts';

export interface DrillOutcome {
  readonly checks: readonly EvidenceCheck[];
  readonly controls: readonly EvidenceControl[];
  /** What cut the drill short, without a word on the backup. */
  readonly failure?: Pick<Failure, 'reason' | 'message'>;
  /** What the run holds; absent where none could be picked. */
  readonly content?: Manifest['content'];
  /** The run holds far less than the one before it. */
  readonly suspicious?: boolean;
  /** What was restored; absent: it is not known. */
  readonly tables?: readonly EvidenceTable[];
  /** How many runs were passed over, since they are from before a change of the repository's key. */
  readonly passedOver?: number;
}

export interface DrillVerdict {
  readonly verdict: Verdict;
  /** Passed, a CheckId, ControlNotCaught, or the reason of the failure. */
  readonly reason: string;
  /** For a person. */
  readonly summary: string;
}

/** What is to be said of a run of content SchemaOnly, so that nobody takes it for data. */
export const withoutData = 'definitions only, no data';

/**
 * A check that failed is the backup's fault, whatever else happened. All else that is not as it should be leaves open
 * whether the backup is good: so does a check that nobody speaks of, were it only to say why it was left out.
 */
export function drillVerdict(outcome: DrillOutcome): DrillVerdict {
  const { checks, controls, failure } = outcome;
  const failed = firstWith(checks, 'Failed');
  if (failed !== undefined)
    return { verdict: 'Failed', reason: failed.id, summary: says(failed, othersWith(checks, 'Failed')) };
  if (failure !== undefined)
    return { verdict: 'Inconclusive', reason: failure.reason, summary: failure.message };
  const undecided = firstWith(checks, 'Undecided');
  if (undecided !== undefined)
    return {
      verdict: 'Inconclusive',
      reason: undecided.id,
      summary: says(undecided, othersWith(checks, 'Undecided')),
    };
  const missed = controls.find(({ outcome }) => outcome === 'NotCaught');
  if (missed !== undefined)
    return {
      verdict: 'Inconclusive',
      reason: 'ControlNotCaught',
      summary: `the damage made on purpose was not caught (${missed.target}): ${missed.detail}`,
    };
  const unmade = CheckId.options.find((id) => !checks.some((check) => check.id === id));
  if (unmade !== undefined)
    return {
      verdict: 'Inconclusive',
      reason: 'Internal',
      summary: `the drill ended without saying why, and before ${unmade} was checked`,
    };
  const passed = checks.filter(({ outcome }) => outcome === 'Passed').length;
  const summary = [`${counted(passed, 'check')} passed`, ...reservations(outcome)].join('; ');
  return { verdict: 'Passed', reason: 'Passed', summary };
}

/** What somebody has to hear who is told that a drill passed. */
function reservations({ content, tables, suspicious, passedOver = 0 }: DrillOutcome): string[] {
  return [
    ...(content === 'SchemaOnly' ? [withoutData] : emptiness(tables)),
    ...(suspicious === true ? ['the run is suspiciously smaller than the one before it'] : []),
    ...(passedOver === 0 ? [] : [`passed over: ${otherSigner(passedOver)}`]),
  ];
}

function emptiness(tables: readonly EvidenceTable[] | undefined): string[] {
  if (tables === undefined || tables.some(({ restoredRows }) => restoredRows !== null && restoredRows > 0))
    return [];
  return [tables.length === 0 ? 'the run holds no table' : 'no table of the run has a row'];
}

/** Runs from before a change of the repository's key, for a person. */
export function otherSigner(count: number): string {
  return `${counted(count, 'earlier run')} that another key than the repository's signed, or none`;
}

function firstWith(
  checks: readonly EvidenceCheck[],
  outcome: EvidenceCheck['outcome'],
): EvidenceCheck | undefined {
  const place = (id: CheckIdType): number => CheckId.options.indexOf(id);
  return checks.filter((check) => check.outcome === outcome).toSorted((a, b) => place(a.id) - place(b.id))[0];
}

function othersWith(checks: readonly EvidenceCheck[], outcome: EvidenceCheck['outcome']): number {
  return checks.filter((check) => check.outcome === outcome).length - 1;
}

function says({ id, name, database, outcome, detail }: EvidenceCheck, others: number): string {
  const where = [
    ...(name === undefined ? [] : [name]),
    ...(database === undefined ? [] : [`database ${database}`]),
  ];
  const of = where.length === 0 ? '' : ` (${where.join(', ')})`;
  const what = outcome === 'Failed' ? 'failed' : 'could not be decided';
  const more = others === 0 ? '' : `; ${String(others)} more ${what}`;
  return `${id}${of} ${what}: ${detail}${more}`;
}
