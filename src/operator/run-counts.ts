import type { KubeObject } from '../base/resource.ts';
import { uidOf } from './marks.ts';

/** How many runs of one object ended in one way since this process started. */
export interface RunCount<Labels> {
  readonly labels: Labels & { readonly namespace: string; readonly name: string };
  readonly count: number;
}

interface Ended {
  readonly runId: string;
  readonly completionTime: string;
}

/** Where the runs of a kind are, newest first, and what they are counted by. */
export interface CountedRuns<T extends KubeObject, Run extends Ended, Labels> {
  runsOf(object: T): readonly Run[];
  labelsOf(run: Run): Labels;
}

interface Tally<Labels> {
  /** Completion and id of the newest run that was counted. */
  newest: string;
  readonly counts: Map<string, RunCount<Labels>>;
}

/**
 * Counts runs as they appear in status. Runs that are there when an object is first seen by this process are its
 * starting point and not counted; of more new ones between two looks than status keeps, those that it keeps are.
 */
export function createRunCounts<T extends KubeObject, Run extends Ended, Labels extends object>(
  kind: CountedRuns<T, Run, Labels>,
): (objects: readonly T[]) => readonly RunCount<Labels>[] {
  const tallies = new Map<string, Tally<Labels>>();
  return (objects) => {
    const present = new Set(objects.map(uidOf));
    for (const uid of tallies.keys()) if (!present.has(uid)) tallies.delete(uid);
    return objects.flatMap((object) => {
      const uid = uidOf(object);
      const runs = kind.runsOf(object);
      const tally = tallies.get(uid);
      if (!tally) {
        tallies.set(uid, { newest: markOf(runs[0]), counts: new Map() });
        return [];
      }
      for (const run of runs.filter((one) => markOf(one) > tally.newest)) {
        add(tally.counts, object, kind.labelsOf(run));
      }
      tally.newest = markOf(runs[0]) > tally.newest ? markOf(runs[0]) : tally.newest;
      return [...tally.counts.values()];
    });
  };
}

function add<Labels extends object>(
  counts: Map<string, RunCount<Labels>>,
  { metadata }: KubeObject,
  labels: Labels,
): void {
  const key = JSON.stringify(labels);
  counts.set(key, {
    labels: { namespace: metadata.namespace ?? '', name: metadata.name, ...labels },
    count: (counts.get(key)?.count ?? 0) + 1,
  });
}

function markOf(run: Ended | undefined): string {
  return run ? `${run.completionTime} ${run.runId}` : '';
}
