import type { Catalogue, CatalogueRun, InvalidRun } from './catalogue.ts';
import { counted } from './amounts.ts';
import { isObjectFault } from './catalogue.ts';
import type { CheckId } from './evidence.ts';

/** Which run a drill restores. `Refused`: the run that is meant cannot be believed, and no other takes its place. */
export type Pick =
  | { readonly kind: 'Run'; readonly run: CatalogueRun }
  | {
      readonly kind: 'Refused';
      readonly run: InvalidRun;
      readonly check: Extract<CheckId, 'Signature' | 'Digests'>;
    }
  | { readonly kind: 'None'; readonly why: string };

/**
 * `pick`: as source.pick. `seed`: a whole number that decides what Random means. A run that does not hold is never
 * passed over: where it may be the one that is meant, it is refused. Only runs from before a change of the key are
 * neither the oldest nor drawn.
 */
export function pickRun(catalogue: Catalogue, pick: string, seed: number): Pick {
  switch (pick) {
    case 'Newest':
      return outermost(catalogue, 1);
    case 'Oldest':
      return amongBelievable(catalogue, (believable) => outermost(believable, -1));
    case 'Random':
      return amongBelievable(catalogue, ({ runs, invalid }) => {
        const all = [...runs, ...invalid].toSorted(byId);
        return asPick(all[Math.abs(seed) % Math.max(1, all.length)]);
      });
    default:
      return named(catalogue, pick);
  }
}

/**
 * The runs that `pick` passes over since the key of the repository was changed, or its first one added, after them:
 * they are signed by another key or not at all, and older than every run that is signed by the present one. Such a run
 * after one of those is no trace of a change.
 */
export function passedOver({ runs, invalid }: Catalogue, pick: string): readonly InvalidRun[] {
  if (pick !== 'Oldest' && pick !== 'Random') return [];
  return invalid.filter(
    (run) =>
      run.foreign === true &&
      runs.every(
        (ours) => byId(run, ours) < 0 && run.sequence !== undefined && run.sequence < ours.manifest.sequence,
      ),
  );
}

function amongBelievable(catalogue: Catalogue, choose: (believable: Catalogue) => Pick): Pick {
  const former = passedOver(catalogue, 'Oldest');
  const pick = choose({ ...catalogue, invalid: catalogue.invalid.filter((run) => !former.includes(run)) });
  if (pick.kind !== 'None' || former.length === 0) return pick;
  return {
    kind: 'None',
    why: `${counted(former.length, 'run is', 'runs are')} there, and the key of the repository signed none: back up anew if the key was changed, and look for who wrote them if it was not`,
  };
}

const nothing: Pick = { kind: 'None', why: 'the repository holds no run of this backup' };

function named(catalogue: Catalogue, runId: string): Pick {
  const found = [...catalogue.runs, ...catalogue.invalid].find(({ folder }) => folder.runId === runId);
  if (found !== undefined) return asPick(found);
  const begun = catalogue.incomplete.some((folder) => folder.runId === runId);
  const why = begun ? 'has no manifest: it was never finished' : 'is not in the repository';
  return { kind: 'None', why: `run ${runId} ${why}` };
}

/** `direction` 1: the newest; -1: the oldest. By sequence number, for clocks go wrong. */
function outermost({ runs, invalid }: Catalogue, direction: 1 | -1): Pick {
  const [best] = runs.toSorted((a, b) => direction * (b.manifest.sequence - a.manifest.sequence));
  const ordered = invalid.toSorted((a, b) => -direction * byId(a, b));
  const beyond = ordered.find(
    ({ folder, sequence }) =>
      best === undefined ||
      direction * compare(folder.runId, best.folder.runId) > 0 ||
      (sequence !== undefined && direction * (sequence - best.manifest.sequence) > 0),
  );
  return asPick(beyond ?? best);
}

function asPick(run: CatalogueRun | InvalidRun | undefined): Pick {
  if (run === undefined) return nothing;
  if ('manifest' in run) return { kind: 'Run', run };
  return { kind: 'Refused', run, check: isObjectFault(run.fault) ? 'Digests' : 'Signature' };
}

function byId(a: CatalogueRun | InvalidRun, b: CatalogueRun | InvalidRun): number {
  return compare(a.folder.runId, b.folder.runId);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
