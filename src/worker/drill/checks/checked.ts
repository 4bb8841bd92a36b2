import type { Clock } from '../../../base/clock.ts';
import type { CheckId, EvidenceCheck } from '../../../domain/evidence.ts';
import type { Crew } from '../../../postgres/checks/crew.ts';
import { serverError } from '../../../postgres/checks/sql-errors.ts';

/** What a check came to: an `EvidenceCheck` without what all of them have. */
export type Checked = Pick<EvidenceCheck, 'outcome' | 'count' | 'detail'>;

export interface CheckName {
  readonly id: CheckId;
  readonly name?: string;
  readonly database?: string;
}

/**
 * Makes one check and takes its time. An error of SQL fails it, or leaves it undecided where it is for lack of means;
 * errors of any other kind are thrown on, so that a fault of ours is never taken for one of the backup.
 */
export async function check(
  clock: Clock,
  name: CheckName,
  work: () => Promise<Checked>,
): Promise<EvidenceCheck> {
  const start = clock.monotonic();
  const checked = await work().catch((error: unknown): Checked => {
    const said = serverError(error);
    if (said === undefined) throw error;
    const outcome = said.kind === 'Unable' ? 'Undecided' : 'Failed';
    return { outcome, detail: `the server said: ${said.words}` };
  });
  return { ...name, ...checked, seconds: Math.round(clock.monotonic() - start) / 1000 };
}

/**
 * Makes one check among others that go on side by side. Its time is from the beginning of the first piece that the crew
 * does for it to the end of the last: while others kept the crew busy it only waited.
 */
export async function checkAmong(
  clock: Clock,
  crew: Crew,
  name: CheckName,
  work: (crew: Crew) => Promise<Checked>,
): Promise<EvidenceCheck> {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const timed: Crew = {
    run: (weight, piece) =>
      crew.run(weight, async (session) => {
        from = Math.min(from, clock.monotonic());
        return await piece(session).finally(() => (to = clock.monotonic()));
      }),
  };
  const made = await check(clock, name, () => work(timed));
  return to < from ? made : { ...made, seconds: Math.round(to - from) / 1000 };
}

export function notChecked(name: CheckName, detail: string): EvidenceCheck {
  return { ...name, outcome: 'NotChecked', detail, seconds: 0 };
}

/** There is nothing of the kind to check. */
export function none(what: string): Checked {
  return { outcome: 'NotChecked', count: 0, detail: `the database has no ${what}` };
}

const shown = 10;

/** `detail` of a check that found something: the first few findings, and how many there are. */
export function failedWith(findings: readonly string[], count: number): Checked {
  const more = findings.length - shown;
  const listed = findings.slice(0, shown).join('; ');
  return { outcome: 'Failed', count, detail: more > 0 ? `${listed}; and ${String(more)} more` : listed };
}
