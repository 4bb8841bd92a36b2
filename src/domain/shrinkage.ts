import { counted, grouped } from './amounts.ts';
import type { Manifest } from './manifest.ts';

/** What a run and the one before it are compared by. */
export type ComparableRun = Pick<
  Manifest,
  'runId' | 'databases' | 'content' | 'filtered' | 'snapshotTime' | 'suspicious'
>;
type Database = ComparableRun['databases'][number];

/** Below these a loss of half says nothing. */
const floors = { rows: 1000, tables: 4, sizeBytes: 64 * 1024 * 1024 };
const suspiciousShare = 0.5;
/** After this long without an unsuspicious run the smaller size is taken as the new one. */
const memoryMilliseconds = 30 * 86_400_000;

export interface ShrinkageContext {
  readonly now: Date;
  /** The run is to hold all that the server has, so that a database that is missing is a loss and not a choice. */
  readonly everyDatabase: boolean;
}

/**
 * In what a run shrank by more than half, in sentences; empty: nothing to wonder about. Each of its databases is
 * compared with the last run that held it by the same choice of content: another choice is a reason for another size.
 * `earlier` is newest first.
 */
export function suspiciousShrinkage(
  run: ComparableRun,
  earlier: readonly ComparableRun[],
  { now, everyDatabase }: ShrinkageContext,
): string[] {
  const alike = earlier.filter(
    ({ content, filtered }) => content === run.content && filtered === run.filtered,
  );
  const missing = (comparisonRun(alike, now)?.databases ?? []).filter(({ name }) => !find(run, name));
  const gone = everyDatabase ? missing.map(({ name }) => `database ${name} is no longer on the server`) : [];
  const lost = run.databases.flatMap((after) => {
    const base = comparisonRun(
      alike.filter((other) => find(other, after.name)),
      now,
    );
    return base === undefined ? [] : lossesSince(base, after);
  });
  return [...gone, ...lost];
}

/**
 * The newest that is not suspicious itself, so that a loss does not become the measure by happening twice; after 30
 * days without one, the newest.
 */
function comparisonRun(earlier: readonly ComparableRun[], now: Date): ComparableRun | undefined {
  const sound = earlier.find(({ suspicious }) => !suspicious);
  if (sound === undefined) return earlier[0];
  const forgotten = now.getTime() - Date.parse(sound.snapshotTime) > memoryMilliseconds;
  return forgotten ? earlier[0] : sound;
}

function find({ databases }: ComparableRun, name: string): Database | undefined {
  return databases.find((database) => database.name === name);
}

function lossesSince(earlier: ComparableRun, after: Database): string[] {
  const before = find(earlier, after.name);
  return [
    shrank('row', before?.rows, after.rows, floors.rows),
    shrank('table', before?.tables, after.tables, floors.tables),
    shrank('byte', before?.sizeBytes, after.sizeBytes, floors.sizeBytes, ' on the server'),
  ]
    .filter((words) => words !== undefined)
    .map((words) => `database ${after.name} ${words} since run ${earlier.runId}`);
}

function shrank(
  what: string,
  before: number | undefined,
  after: number | undefined,
  floor: number,
  where = '',
): string | undefined {
  if (before === undefined || after === undefined || before < floor) return undefined;
  if (after >= before * suspiciousShare) return undefined;
  return `went from ${grouped(before)} to ${counted(after, what)}${where}`;
}
