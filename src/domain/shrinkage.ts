import { counted, grouped } from './amounts.ts';
import type { Manifest } from './manifest.ts';

/** What a run and the one before it are compared by. */
export type ComparableRun = Pick<
  Manifest,
  'runId' | 'databases' | 'content' | 'filtered' | 'snapshotTime' | 'suspicious'
>;

/** Below these a loss of half says nothing. */
const floors = { rows: 1000, tables: 4, sizeBytes: 64 * 1024 * 1024 };
const suspiciousShare = 0.5;
/** After this long without an unsuspicious run the smaller size is taken as the new one. */
const memoryMilliseconds = 30 * 86_400_000;

/**
 * The run to compare with. Another choice of what to save is a reason for another size, so that it is one of the same
 * choice: the newest that is not suspicious itself, so that a loss does not become the measure by happening twice;
 * after 30 days without one, the newest. `earlier` is newest first.
 */
export function comparisonRun(
  run: ComparableRun,
  earlier: readonly ComparableRun[],
  now: Date,
): ComparableRun | undefined {
  const alike = earlier.filter(
    ({ content, filtered }) => content === run.content && filtered === run.filtered,
  );
  const sound = alike.find(({ suspicious }) => !suspicious);
  if (sound === undefined) return alike[0];
  const forgotten = now.getTime() - Date.parse(sound.snapshotTime) > memoryMilliseconds;
  return forgotten ? alike[0] : sound;
}

/**
 * In what a run shrank by more than half against the one to compare with, in sentences; empty: nothing to wonder about.
 * `everyDatabase`: the run is to hold all that the server has, so that one missing is a loss and not a choice.
 */
export function suspiciousShrinkage(
  run: ComparableRun,
  earlier: ComparableRun,
  everyDatabase: boolean,
): string[] {
  return earlier.databases.flatMap((before) => {
    const after = run.databases.find(({ name }) => name === before.name);
    if (after === undefined)
      return everyDatabase ? [`database ${before.name} is no longer on the server`] : [];
    const lost = [
      shrank('row', before.rows, after.rows, floors.rows),
      shrank('table', before.tables, after.tables, floors.tables),
      shrank('byte', before.sizeBytes, after.sizeBytes, floors.sizeBytes, ' on the server'),
    ].filter((sentence) => sentence !== undefined);
    return lost.map((sentence) => `database ${before.name} ${sentence} since run ${earlier.runId}`);
  });
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
