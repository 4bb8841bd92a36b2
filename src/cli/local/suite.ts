import type { Verdict } from '../../api/v1alpha1/backup-drill-status.ts';
import { failureOf } from '../../worker/failure-of.ts';
import { summaryOf, verdictOf } from '../report/drill.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Progress } from '../terminal/progress.ts';
import type { DrillEnd, PreparedDrill } from './drill.ts';
import { runLocalDrill } from './drill.ts';

/** Drills that were carried out one after the other, and what they came to together. */
export interface SuiteEnd {
  /** RFC 3339. */
  readonly startTime: string;
  readonly completionTime: string;
  /** The worst: one that failed, else one that is inconclusive. */
  readonly verdict: Verdict;
  readonly ends: readonly DrillEnd[];
}

/** Carries out all drills, also after one that did not pass; stops when it is asked to. */
export async function runSuite(
  drills: readonly PreparedDrill[],
  open: () => Progress,
  surroundings: Surroundings,
): Promise<SuiteEnd> {
  const { clock, signal } = surroundings;
  const startTime = clock.now().toISOString();
  const ends: DrillEnd[] = [];
  for (const [index, prepared] of drills.entries()) {
    if (signal.aborted) break;
    const progress = open();
    const { namespace, name } = prepared.drill;
    progress.say(`drill ${String(index + 1)} of ${String(drills.length)}: ${namespace}/${name}`);
    const end = await runLocalDrill(prepared, progress, surroundings)
      .catch((error: unknown) => notCarriedOut(prepared, error, signal))
      .finally(() => progress.finish());
    progress.say(`  ${verdictOf(end)}: ${summaryOf(end)}`);
    ends.push(end);
  }
  const whole = ends.length === drills.length;
  return {
    startTime,
    completionTime: clock.now().toISOString(),
    verdict: worst([...ends.map(verdictOf), ...(whole ? [] : ['Inconclusive' as const])]),
    ends,
  };
}

/** What went wrong with one takes nothing from the others. */
function notCarriedOut({ drill }: PreparedDrill, error: unknown, signal: AbortSignal): DrillEnd {
  const { reason, message } = failureOf(error, signal);
  return { drill, report: { version: 1, kind: 'failed', reason, message } };
}

export function worst(verdicts: readonly Verdict[]): Verdict {
  const order: readonly Verdict[] = ['Failed', 'Inconclusive', 'Passed'];
  return order.find((verdict) => verdicts.includes(verdict)) ?? 'Inconclusive';
}
