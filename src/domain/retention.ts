import type { RetentionSpec } from '../api/v1alpha1/postgres-backup.ts';
import { counted } from './amounts.ts';
import { calendarSlots } from './calendar-slots.ts';
import type { Holdings } from './holdings.ts';
import { onlyHolders } from './holdings.ts';

/** A verified run: its manifest exists, holds, and says the level that was asked for. */
export interface RetainedRun extends Holdings {
  /** Of its manifest. What is newest is told by this: clocks of servers go wrong. */
  readonly sequence: number;
  readonly snapshotTime: Date;
}

export interface RetentionPlan {
  /** Oldest first, in the order of removal. */
  readonly remove: readonly string[];
  readonly keep: readonly string[];
  /** Why more stays than the rules ask for. */
  readonly held?: string;
}

export interface RetentionContext {
  readonly now: Date;
  /** IANA name: days, weeks, months and years are those of this zone. */
  readonly timeZone: string;
  /** The run that was just published: it stays whatever the rules say. */
  readonly publishedRunId: string;
  /** Why nothing may go, whatever the rules say, where something in the repository is not as it should be. */
  readonly frozen?: string;
}

/** One run removes at most a quarter of the runs, or this many: a mistake in the policy shows before it has cost all. */
const alwaysRemovable = 3;
const removableShare = 0.25;

/**
 * Which verified runs may go. A run stays when a keep rule takes it; with no keep rule (all 0 or absent) every run is
 * taken. It stays also while no newer run holds as much of one of its databases: the rules count runs whatever these
 * hold. A maximum age overrides both. Nothing overrides the floor: the newest `minimumVerified` runs stay, the newest and the
 * one just published always, and the newest that is not suspicious too. Nothing goes while `hold` is set, the newest
 * run is suspicious, a run is dated later than the one just published, or the context is frozen.
 */
export function planRetention(
  runs: readonly RetainedRun[],
  spec: RetentionSpec,
  context: RetentionContext,
): RetentionPlan {
  const newestFirst = runs.toSorted(byNewest);
  const floor = floorOf(newestFirst, spec.minimumVerified).add(context.publishedRunId);
  const ruled = keptByRules(newestFirst, spec, context.timeZone);
  const only = onlyHolders(newestFirst);
  const free = newestFirst.filter(({ runId }) => !floor.has(runId)).toReversed();
  const old = (run: RetainedRun): boolean => tooOld(run, spec, context.now);
  const unruled = free.filter((run) => old(run) || !ruled.has(run.runId));
  const wanted = unruled.filter((run) => old(run) || !only.has(run.runId)).map(({ runId }) => runId);
  const { allowed, held } = limitRemoval(wanted, newestFirst, freezeOf(newestFirst, spec, context));
  const last = lastWords(
    unruled.filter(({ runId }) => !wanted.includes(runId)),
    only,
  );
  const why = [held, last].filter((words) => words !== undefined);
  const removed = new Set(allowed);
  return {
    remove: allowed,
    keep: newestFirst.map((run) => run.runId).filter((runId) => !removed.has(runId)),
    ...(why.length === 0 ? {} : { held: why.join('; ') }),
  };
}

/** What to say of runs that stay only for what they hold, oldest first. */
function lastWords(runs: readonly RetainedRun[], only: ReadonlyMap<string, string>): string | undefined {
  const newest = runs.at(-1);
  if (newest === undefined) return undefined;
  const words = `run ${newest.runId} stays: no newer run holds as much of database ${only.get(newest.runId) ?? ''}`;
  if (runs.length === 1) return words;
  return `${words}; ${counted(runs.length - 1, 'more stays', 'more stay')} for such a reason`;
}

function byNewest(a: RetainedRun, b: RetainedRun): number {
  return b.sequence - a.sequence || (a.runId < b.runId ? 1 : -1);
}

function floorOf(newestFirst: readonly RetainedRun[], minimum: number): Set<string> {
  const floor = newestFirst.slice(0, Math.max(1, minimum)).map((run) => run.runId);
  const sound = newestFirst.find((run) => !run.suspicious);
  return new Set(sound === undefined ? floor : [...floor, sound.runId]);
}

function keptByRules(
  newestFirst: readonly RetainedRun[],
  spec: RetentionSpec,
  timeZone: string,
): Set<string> {
  const rules = [
    spec.keepLast,
    spec.keepHourly,
    spec.keepDaily,
    spec.keepWeekly,
    spec.keepMonthly,
    spec.keepYearly,
  ];
  if (rules.every((count) => (count ?? 0) === 0)) return new Set(newestFirst.map((run) => run.runId));
  const kept = new Set(newestFirst.slice(0, spec.keepLast ?? 0).map((run) => run.runId));
  const slots = newestFirst.map((run) => ({
    runId: run.runId,
    ...calendarSlots(run.snapshotTime, timeZone),
  }));
  const periods = [
    ['hour', spec.keepHourly],
    ['day', spec.keepDaily],
    ['week', spec.keepWeekly],
    ['month', spec.keepMonthly],
    ['year', spec.keepYearly],
  ] as const;
  for (const [period, count] of periods) {
    const seen = new Set<string>();
    for (const slot of slots) {
      if (seen.size >= (count ?? 0)) break;
      if (!seen.has(slot[period])) kept.add(slot.runId);
      seen.add(slot[period]);
    }
  }
  return kept;
}

function tooOld(run: RetainedRun, spec: RetentionSpec, now: Date): boolean {
  const limit = spec.maximumAgeSeconds ?? 0;
  if (limit === 0) return false;
  return now.getTime() - run.snapshotTime.getTime() > limit * 1000;
}

/** Why nothing may go. `always`: worth saying also while the rules let nothing go. */
interface Freeze {
  readonly because: string;
  readonly always: boolean;
}

function freezeOf(
  newestFirst: readonly RetainedRun[],
  spec: RetentionSpec,
  { publishedRunId, frozen }: RetentionContext,
): Freeze | undefined {
  if (frozen !== undefined) return { because: frozen, always: true };
  const published = newestFirst.find((run) => run.runId === publishedRunId);
  const later = newestFirst.find(
    (run) => published !== undefined && run.snapshotTime.getTime() > published.snapshotTime.getTime(),
  );
  if (later !== undefined)
    return {
      because: `run ${later.runId} is dated ${later.snapshotTime.toISOString()}, later than the run just published: check the clock of the database server; nothing goes until a run is dated later`,
      always: true,
    };
  if (spec.hold) return { because: 'retention.hold is set', always: false };
  if (newestFirst[0]?.suspicious === true)
    return { because: 'the newest run is suspicious, so none does', always: false };
  return undefined;
}

function limitRemoval(
  wanted: readonly string[],
  newestFirst: readonly RetainedRun[],
  freeze: Freeze | undefined,
): { allowed: readonly string[]; held?: string } {
  if (wanted.length === 0)
    return { allowed: [], ...(freeze?.always === true ? { held: freeze.because } : {}) };
  if (freeze !== undefined)
    return { allowed: [], held: `${counted(wanted.length, 'run')} could go; ${freeze.because}` };
  const limit = Math.max(alwaysRemovable, Math.floor(newestFirst.length * removableShare));
  if (wanted.length <= limit) return { allowed: wanted };
  const rest = wanted.length - limit;
  return {
    allowed: wanted.slice(0, limit),
    held: `${String(rest)} more could go; one run removes ${String(limit)} of ${String(newestFirst.length)} at most`,
  };
}
