import type { Manifest } from './manifest.ts';

/** What a run holds, as its manifest says. */
export interface Holdings extends Pick<Manifest, 'content' | 'filtered' | 'suspicious'> {
  readonly runId: string;
  /** Names. */
  readonly databases: readonly string[];
}

/** How much of a database a run holds. */
type Measure = Pick<Holdings, 'content' | 'filtered' | 'suspicious'>;

/**
 * The runs that hold of some database what no newer run does, with the name of the first such database. Less is a
 * part of the content, a filtered dump, or one that shrank suspiciously. Every other run has a newer one among these
 * for each of its databases.
 */
export function onlyHolders(newestFirst: readonly Holdings[]): Map<string, string> {
  const newer = new Map<string, Measure[]>();
  const only = new Map<string, string>();
  for (const run of newestFirst) {
    for (const name of run.databases) {
      const measures = newer.get(name) ?? [];
      if (measures.some((measure) => isAsMuch(measure, run))) continue;
      newer.set(name, [...measures, run]);
      if (!only.has(run.runId)) only.set(run.runId, name);
    }
  }
  return only;
}

function isAsMuch(one: Measure, other: Measure): boolean {
  return (
    (one.content === 'All' || one.content === other.content) &&
    (!one.filtered || other.filtered) &&
    (!one.suspicious || other.suspicious)
  );
}
