import { describe, expect, it } from 'vitest';
import type { Session } from '../session.ts';
import { crewOf, forEach } from './crew.ts';

const sessions = (count: number): Session[] =>
  Array.from({ length: count }, (_, at) => ({ database: String(at) }) as Session);

function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: () => resolve() };
}

describe('a crew', () => {
  it('begins the heaviest of what waits first, and of equals the one that came first', async () => {
    const crew = crewOf(sessions(1));
    const begun: string[] = [];
    const piece = (name: string, weight: number): Promise<void> =>
      crew.run(weight, () => {
        begun.push(name);
        return Promise.resolve();
      });
    await Promise.all([
      piece('light', 1),
      piece('heavy', 9),
      piece('heavy, too', 9),
      piece('at once', Infinity),
      piece('lighter', 0),
    ]);
    expect(begun).toEqual(['at once', 'heavy', 'heavy, too', 'light', 'lighter']);
  });

  it('has each session do one piece at a time, and goes on after one that failed', async () => {
    const crew = crewOf(sessions(2));
    const busy = new Set<Session>();
    let most = 0;
    const pieces = Array.from({ length: 20 }, (_, at) =>
      crew.run(at, async (session) => {
        expect(busy.has(session)).toBe(false);
        busy.add(session);
        most = Math.max(most, busy.size);
        await Promise.resolve();
        busy.delete(session);
        if (at % 3 === 0) throw new Error(`piece ${String(at)}`);
        return at;
      }),
    );
    const ends = await Promise.allSettled(pieces);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(13);
    expect(most).toBe(2);
  });
});

describe('forEach', () => {
  it('gives the results in the order of the items, whatever was begun first', async () => {
    const found = await forEach(
      crewOf(sessions(2)),
      [1, 3, 2],
      (item) => item,
      (_, item) => Promise.resolve(item * 10),
    );
    expect(found).toEqual([10, 30, 20]);
  });

  it('ends with the first error, when the work that had begun is over and without beginning more', async () => {
    const { opened, open } = gate();
    const done: number[] = [];
    const work = async (_: Session, item: number): Promise<void> => {
      if (item === 3) throw new Error('the heaviest');
      await opened;
      done.push(item);
    };
    const result = forEach(crewOf(sessions(2)), [1, 2, 3], (item) => item, work);
    setImmediate(open);
    await expect(result).rejects.toThrow('the heaviest');
    expect(done).toEqual([2]);
  });
});
