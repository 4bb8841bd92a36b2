import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../base/logger.ts';
import type { KubeObject } from '../base/resource.ts';
import { createObjectCache } from './cache.ts';
import type { CacheChange, ObjectCache } from './cache.ts';
import { compareResourceVersions } from './resource-version.ts';

interface Thing extends KubeObject {
  readonly colour: string;
}
function thing(name: string, uid: string, resourceVersion: string, colour = 'red'): Thing {
  return {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { name, namespace: 'n', uid, resourceVersion },
    colour,
  };
}
function newCache(): ObjectCache<Thing> {
  return createObjectCache<Thing>({
    project: (raw) => {
      if ((raw as Thing).colour === 'poison') throw new Error('cannot be read');
      return { ...(raw as Thing) };
    },
    indexes: { colour: (object) => [object.colour] },
    logger: silentLogger,
  });
}
const key = (name: string): { namespace: string; name: string } => ({ namespace: 'n', name });
const describeChange = ({ kind, object, previous, fromList }: CacheChange<Thing>): string =>
  [kind, object.metadata.uid, previous?.metadata.resourceVersion ?? '-', fromList ? 'list' : 'watch'].join(
    ' ',
  );

describe('a cache', () => {
  it('tells by UID what a new list means', () => {
    const cache = newCache();
    cache.writer.replace(
      [thing('same', 's', '1'), thing('new-uid', 'old', '2'), thing('gone', 'g', '3')],
      '5',
    );
    const changes: string[] = [];
    cache.subscribe((change) => changes.push(describeChange(change)));

    cache.writer.replace(
      [thing('same', 's', '1'), thing('new-uid', 'new', '6'), thing('came', 'c', '7')],
      '8',
    );

    expect(changes).toEqual(['deleted old 2 list', 'added new - list', 'added c - list', 'deleted g 3 list']);
  });
  it('tells an event that hides a deletion as deleted and added', () => {
    const cache = newCache();
    cache.writer.replace([thing('a', 'old', '1')], '1');
    const changes: string[] = [];
    cache.subscribe((change) => changes.push(describeChange(change)));

    cache.writer.upsert(thing('a', 'new', '3'), '3');

    expect(changes).toEqual(['deleted old 1 watch', 'added new - watch']);
  });
  it('finds objects by index, under their new value only', () => {
    const cache = newCache();
    cache.writer.replace([thing('a', 'a', '1', 'red'), thing('b', 'b', '2', 'red')], '2');

    cache.writer.upsert(thing('a', 'a', '3', 'blue'), '3');
    cache.writer.remove(key('b'), '4');

    expect(cache.byIndex('colour', 'blue').map(({ metadata }) => metadata.name)).toEqual(['a']);
    expect(cache.byIndex('colour', 'red')).toEqual([]);
    cache.writer.upsert(thing('b', 'b2', '5', 'green'), '5');
    expect(cache.byIndex('colour', 'red')).toEqual([]);
    expect(() => cache.byIndex('colr', 'red')).toThrow('no index "colr"');
  });
  it('projects to a frozen object, all the way down', () => {
    const projected = newCache().writer.project(thing('a', 'a', '1'));

    expect(Object.isFrozen(projected)).toBe(true);
    expect(Object.isFrozen(projected?.metadata)).toBe(true);
  });
  it('leaves out what cannot be projected, and goes on', () => {
    expect(newCache().writer.project(thing('a', 'a', '1', 'poison'))).toBeUndefined();
  });

  it('lets those through who wait for an own write, as soon as it or a bookmark after it is in', async () => {
    const cache = newCache();
    const { signal } = new AbortController();
    const order: string[] = [];
    const waits = [
      cache.whenSynced(signal).then(() => order.push('synced')),
      cache.observed('9', signal).then(() => order.push('9')),
      cache.observed('10', signal).then(() => order.push('10')),
    ];

    expect(cache.synced).toBe(false);
    cache.writer.replace([], '5');
    await Promise.race(waits);
    expect(order).toEqual(['synced']);
    cache.writer.upsert(thing('a', 'a', '9'), '9');
    await waits[1];
    expect(order).toEqual(['synced', '9']);
    expect(cache.hasObserved('10')).toBe(false);
    cache.writer.advance('12');
    await Promise.all(waits);

    expect(order).toEqual(['synced', '9', '10']);
    expect(cache.hasObserved('10')).toBe(true);
  });
  it('lets a waiter go with the reason of its signal', async () => {
    const scope = new AbortController();
    const waiting = newCache().observed('1', scope.signal);
    const reason = new Error('too long');

    scope.abort(reason);

    await expect(waiting).rejects.toBe(reason);
  });

  it('ends equal to the server, with changes that add up to it, after any lists and events', () => {
    const state = fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('a', 'b', 'c'),
        uid: fc.constantFrom('1', '2'),
        version: fc.integer({ min: 1, max: 5 }),
      }),
      { selector: (item) => item.name },
    );
    fc.assert(
      fc.property(fc.array(state), (lists) => {
        const cache = newCache();
        const told = new Map<string | undefined, Thing>();
        cache.subscribe(({ kind, object }) => {
          expect(told.has(object.metadata.uid + object.metadata.name)).toBe(kind !== 'added');
          if (kind === 'deleted') told.delete(object.metadata.uid + object.metadata.name);
          else told.set(object.metadata.uid + object.metadata.name, object);
        });
        lists.forEach((items, index) => {
          const objects = items.map((item) => thing(item.name, item.uid, String(item.version)));
          cache.writer.replace(objects, String(index + 1));
          const names = (things: readonly Thing[]): string[] =>
            things
              .map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`)
              .toSorted();
          expect(names(cache.list())).toEqual(names(objects));
          expect(names([...told.values()])).toEqual(names(objects));
          expect(names(cache.byIndex('colour', 'red'))).toEqual(names(objects));
        });
      }),
    );
  });
});

describe('compareResourceVersions', () => {
  it('orders decimal numbers of any length', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 70n }),
        fc.bigInt({ min: 0n, max: 2n ** 70n }),
        (one, other) => {
          expect(Math.sign(compareResourceVersions(String(one), String(other)))).toBe(
            one < other ? -1 : one > other ? 1 : 0,
          );
        },
      ),
    );
  });
});
