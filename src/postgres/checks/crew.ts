import type { Session } from '../session.ts';

/** Sessions that share out work: each piece goes to the one that is free next. */
export interface Crew {
  /** Does one piece of work. Of what waits, the heaviest is begun first: see `weights`. */
  run<Result>(weight: number, work: (session: Session) => Promise<Result>): Promise<Result>;
}

/**
 * How long a page takes, as measured, beside a page of a table that verify_heapam looks at. Work on a catalogue is short,
 * and other work waits for it.
 */
export const weights = {
  heapPage: 1,
  countedPage: 0.5,
  indexPage: 25,
  referringPage: 10,
  catalogue: Infinity,
};

interface Piece {
  readonly weight: number;
  /** Never fails. */
  readonly work: (session: Session) => Promise<void>;
}

export function crewOf(sessions: readonly Session[]): Crew {
  const free = [...sessions];
  /** The heaviest last; of those that weigh the same, the first that came. */
  const waiting: Piece[] = [];
  function begin(): void {
    const session = free.at(-1);
    const piece = session === undefined ? undefined : waiting.pop();
    if (session === undefined || piece === undefined) return;
    free.pop();
    void piece.work(session).then(() => {
      free.push(session);
      begin();
    });
  }
  return {
    run: (weight, work) =>
      new Promise((resolve, reject) => {
        const piece: Piece = { weight, work: (session) => work(session).then(resolve, reject) };
        waiting.splice(placeOf(weight, waiting), 0, piece);
        // Not at once: what is asked for together is weighed together.
        queueMicrotask(begin);
      }),
  };
}

/** Where the first piece is that weighs as much or more. */
function placeOf(weight: number, waiting: readonly Piece[]): number {
  let [low, high] = [0, waiting.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((waiting[middle]?.weight ?? 0) < weight) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Does the work of every item. The results have the order of the items. The first error ends it, once the work that had
 * begun is over.
 */
export async function forEach<Item, Result>(
  crew: Crew,
  items: readonly Item[],
  weightOf: (item: Item) => number,
  work: (session: Session, item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let fault: { readonly error: unknown } | undefined;
  const doOne = async (session: Session, item: Item, at: number): Promise<void> => {
    if (fault !== undefined) return;
    try {
      results[at] = await work(session, item);
    } catch (error) {
      fault ??= { error };
    }
  };
  await Promise.all(items.map((item, at) => crew.run(weightOf(item), (session) => doOne(session, item, at))));
  if (fault !== undefined) throw fault.error;
  return results;
}
