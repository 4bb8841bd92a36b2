import type { PostgresBackup, RunRecord } from '../api/v1alpha1/postgres-backup.ts';
import { uidOf } from './marks.ts';

/** How many runs of one backup ended in one way since this process started. */
export interface RunCount {
  readonly namespace: string;
  readonly name: string;
  readonly result: RunRecord['outcome'];
  readonly reason: RunRecord['reason'];
  readonly count: number;
}

interface Tally {
  /** Completion and id of the newest run that was counted. */
  newest: string;
  readonly counts: Map<string, RunCount>;
}

/**
 * Counts runs as they appear in status. Runs that are there when a backup is first seen by this process are its
 * starting point and not counted; more than ten new ones between two looks would be counted as ten.
 */
export function createRunCounts(): (backups: readonly PostgresBackup[]) => readonly RunCount[] {
  const tallies = new Map<string, Tally>();
  return (backups) => {
    const present = new Set(backups.map(uidOf));
    for (const uid of tallies.keys()) if (!present.has(uid)) tallies.delete(uid);
    return backups.flatMap((backup) => {
      const uid = uidOf(backup);
      const runs = backup.status?.runs ?? [];
      const tally = tallies.get(uid);
      if (!tally) {
        tallies.set(uid, { newest: markOf(runs[0]), counts: new Map() });
        return [];
      }
      for (const run of runs.filter((one) => markOf(one) > tally.newest)) add(tally.counts, backup, run);
      tally.newest = markOf(runs[0]) > tally.newest ? markOf(runs[0]) : tally.newest;
      return [...tally.counts.values()];
    });
  };
}

function add(counts: Map<string, RunCount>, { metadata }: PostgresBackup, run: RunRecord): void {
  const key = `${run.outcome}/${run.reason}`;
  counts.set(key, {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    result: run.outcome,
    reason: run.reason,
    count: (counts.get(key)?.count ?? 0) + 1,
  });
}

function markOf(run: RunRecord | undefined): string {
  return run ? `${run.completionTime} ${run.runId}` : '';
}
