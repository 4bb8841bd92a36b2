import { afterEach, describe, expect, it } from 'vitest';
import { TransportError } from '../../src/kube/errors.ts';
import type { Transport } from '../../src/kube/transport.ts';
import type { Fault } from './fake-api-server/index.ts';
import { settle } from './fake-clock.ts';
import { informerRig, widgetType } from './kube-informer-rig.ts';
import type { Rig } from './kube-informer-rig.ts';

let rig: Rig;
afterEach(async () => {
  await rig.stop();
});
const watches = /watch=true/;
const onlyWatch = (
  server: Rig['server'],
): { cut(how: 'end' | 'reset'): void; freeze(): void; inject(text: string): void } => {
  const [watch] = server.watches;
  if (watch === undefined) throw new Error('no watch is open');
  return watch;
};

describe('a watch that cannot start (fault 1)', () => {
  it.each<[string, Fault]>([
    ['500', { do: 'status', code: 500 }],
    ['503', { do: 'status', code: 503 }],
    ['403', { do: 'status', code: 403, reason: 'Forbidden' }],
    ['429', { do: 'status', code: 429, reason: 'TooManyRequests', retryAfterSeconds: 1 }],
    ['a reset connection', { do: 'reset' }],
    ['a closed connection', { do: 'drop-before' }],
  ])('20 times by %s costs at most 31 s after healing, and no list', async (_, fault) => {
    rig = await informerRig();
    rig.put('before', 1);
    await rig.start();
    const installed = rig.server.faults.add({ path: watches, times: 20 }, fault);
    onlyWatch(rig.server).cut('reset');
    rig.put('meanwhile', 1);

    await rig.clock.advanceUntil(() => installed.hits === 20, 3_600_000);
    const took = await rig.untilEqual(31_000);

    expect(took).toBeLessThanOrEqual(31_000);
    expect(rig.informer.counters).toMatchObject({ lists: 1, watches: 22 });
  });

  it('20 times by a refused connection costs at most 31 s after healing, and no list', async () => {
    let refusals = 0;
    const wrap = (transport: Transport): Pick<Transport, 'send' | 'stream'> => ({
      send: (request, options) => transport.send(request, options),
      stream(path, signal) {
        if (refusals <= 0) return transport.stream(path, signal);
        refusals -= 1;
        return Promise.reject(new TransportError('refused', { code: 'ECONNREFUSED', outcome: 'notSent' }));
      },
    });
    rig = await informerRig({ wrap });
    await rig.start();
    refusals = 20;
    onlyWatch(rig.server).cut('reset');
    rig.put('meanwhile', 1);

    await rig.clock.advanceUntil(() => refusals === 0, 3_600_000);
    await rig.untilEqual(31_000);

    expect(rig.informer.counters.lists).toBe(1);
  });
});

describe('a half-open watch (fault 2)', () => {
  it('is found out within 76 s, and nothing is lost', async () => {
    rig = await informerRig();
    await rig.start();
    onlyWatch(rig.server).freeze();
    rig.put('meanwhile', 1);

    const took = await rig.untilEqual(76_000);

    expect(took).toBeGreaterThan(0);
    expect(rig.informer.counters).toMatchObject({ lists: 1, silences: 1 });
  });
  it('shows in the age of the last contact, and a healed one too', async () => {
    rig = await informerRig();
    await rig.start();
    const silence = rig.server.faults.add({ path: watches, times: Infinity }, { do: 'hold', when: 'before' });
    onlyWatch(rig.server).freeze();

    await rig.clock.advance(90_001);
    expect(rig.informer.contactAgeMilliseconds()).toBeGreaterThan(90_000);

    silence.release();
    await rig.clock.advance(76_000);
    expect(rig.informer.contactAgeMilliseconds()).toBeLessThan(76_000);
  });
  it('is kept when it is only quiet: bookmarks are signs of life', async () => {
    rig = await informerRig();
    await rig.start();

    await rig.clock.advance(290_000);

    expect(rig.informer.counters).toMatchObject({ watches: 1, failures: 0 });
  });
});

describe('silence before the first event (fault 3)', () => {
  it.each<[string, Fault]>([
    ['before the answer', { do: 'hold', when: 'before' }],
    ['after the header', { do: 'half-open' }],
  ])('%s is found out as well', async (_, fault) => {
    rig = await informerRig();
    rig.put('before', 1);
    rig.server.faults.add({ path: watches }, fault);

    await rig.start();
    await rig.untilEqual(1);

    expect(rig.clock.monotonic()).toBeLessThanOrEqual(76_000);
  });
});

describe('a resourceVersion that is too old (fault 4)', () => {
  it('as an ERROR event costs one list, which tells deletions and changes', async () => {
    rig = await informerRig();
    rig.put('goes', 1);
    rig.put('changes', 1);
    rig.put('stays', 1);
    await rig.start();
    rig.changes.length = 0;
    const blind = rig.server.faults.add({ path: watches }, { do: 'status', code: 503 });
    onlyWatch(rig.server).cut('reset');
    await rig.clock.advanceUntil(() => blind.hits === 1, 60_000);
    rig.server.remove(widgetType, rig.key('goes'));
    rig.put('changes', 2);
    rig.put('comes', 1);
    rig.server.store.compact();
    rig.put('later', 1);

    await rig.untilEqual(31_000);

    expect(rig.informer.counters.lists).toBe(2);
    expect(rig.changes.toSorted()).toEqual(['added comes', 'added later', 'deleted goes', 'updated changes']);
  });
  it('as an HTTP status costs one list', async () => {
    rig = await informerRig();
    await rig.start();
    rig.server.faults.add({ path: watches }, { do: 'status', code: 410, reason: 'Expired' });
    onlyWatch(rig.server).cut('reset');
    rig.put('meanwhile', 1);

    await rig.untilEqual(31_000);

    expect(rig.informer.counters.lists).toBe(2);
  });
  it('on the second page begins the list anew, once', async () => {
    rig = await informerRig({ streamedLists: false });
    for (let i = 0; i < 1200; i += 1) rig.put(`w${i}`, i);
    const page = rig.server.faults.add({ path: /continue=/ }, { do: 'hold', when: 'before' });
    const started = rig.start();
    await rig.clock.advanceUntil(() => page.hits === 1, 60_000);
    rig.server.expireContinueTokens();
    page.release();

    await started;
    await rig.untilEqual(31_000);

    expect(rig.informer.counters.lists).toBe(1);
    expect(rig.server.log.count({ verb: 'list', type: widgetType })).toBe(1 + 1 + 3);
  });
});

describe('an object deleted and made anew in a gap (fault 5)', () => {
  it.each(['watched', 'listed'])(
    'comes as deleted(old), then added(new), when the gap is %s',
    async (how) => {
      rig = await informerRig();
      const old = rig.put('w', 1);
      await rig.start();
      rig.changes.length = 0;
      const told: (string | undefined)[] = [];
      rig.informer.subscribe((change) => told.push(change.object.metadata.uid));
      onlyWatch(rig.server).freeze();
      rig.server.remove(widgetType, rig.key('w'));
      const fresh = rig.put('w', 1);
      if (how === 'listed') {
        rig.server.store.compact();
        rig.put('z', 1);
      }

      await rig.untilEqual(110_000);

      expect(rig.changes.slice(0, 2)).toEqual(['deleted w', 'added w']);
      expect(told.slice(0, 2)).toEqual([old.metadata.uid, fresh.metadata.uid]);
      expect(rig.informer.counters.lists).toBe(how === 'listed' ? 2 : 1);
    },
  );
});

describe('a broken stream (fault 6)', () => {
  it('cut at any byte goes on from the last event, without a list', async () => {
    rig = await informerRig();
    rig.put('w', 0);
    await rig.start();
    const eventBytes = 1_000;
    for (let bytes = 1, size = 1; bytes < eventBytes; bytes += 23, size += 2) {
      rig.server.faults.add({ path: watches }, { do: 'truncate', bytes });
      onlyWatch(rig.server).cut('end');
      rig.put('w', size);
      rig.put('w', size + 1);
      await rig.untilEqual(120_000);
      // A sound time, so that each cut starts from the same state of the backoff.
      await rig.clock.advance(61_000);
    }
    expect(rig.informer.counters.lists).toBe(1);
    expect(rig.informer.counters.failures).toBeGreaterThan(20);
    expect(rig.difference()).toBeUndefined();
  });
  it.each([0, 1, 2])(
    'with event %i garbled goes on from the last good one, without a list',
    async (event) => {
      rig = await informerRig();
      await rig.start();
      rig.server.faults.add({ path: watches }, { do: 'garble', event });
      onlyWatch(rig.server).cut('reset');
      for (const name of ['a', 'b', 'c']) rig.put(name, 1);

      await rig.untilEqual(31_000);

      expect(rig.informer.counters).toMatchObject({ lists: 1, garbled: 1 });
      expect(rig.changes).toEqual(['added a', 'added b', 'added c']);
    },
  );
  it('garbled at one place for ever is left by a list', async () => {
    rig = await informerRig();
    await rig.start();
    rig.server.faults.add({ path: /watch=true.*resourceVersion=\d/, times: Infinity }, { do: 'garble' });
    onlyWatch(rig.server).cut('reset');
    rig.put('a', 1);

    await rig.untilEqual(61_000);

    expect(rig.informer.counters).toMatchObject({ lists: 2, garbled: 3 });
  });
});

describe('duplicated and older events (fault 7)', () => {
  it('ignores what it has, and tells nobody twice', async () => {
    rig = await informerRig();
    await rig.start();
    rig.server.faults.add({ path: watches }, { do: 'duplicate' });
    onlyWatch(rig.server).cut('reset');
    rig.put('a', 1);
    rig.put('a', 2);
    rig.server.remove(widgetType, rig.key('a'));

    await rig.clock.advanceUntil(() => rig.changes.length >= 3, 31_000);
    await settle();

    expect(rig.changes).toEqual(['added a', 'updated a', 'deleted a']);
    expect(rig.informer.counters).toMatchObject({ duplicates: 3, lists: 1 });
  });
  it('never shows an older state than before, and lists when the server does', async () => {
    rig = await informerRig();
    const older = rig.put('a', 1);
    await rig.start();
    rig.put('a', 2);
    await rig.untilEqual(1);

    onlyWatch(rig.server).inject(`${JSON.stringify({ type: 'MODIFIED', object: older })}\n`);
    await rig.clock.advanceUntil(() => rig.informer.counters.lists === 2, 31_000);

    expect(rig.changes).toEqual(['added a', 'updated a']);
    expect(rig.informer.counters.regressions).toBe(1);
    expect(rig.difference()).toBeUndefined();
  });
  it('does not believe a list of a replica that lags behind', async () => {
    rig = await informerRig();
    rig.put('a', 1);
    const { revision } = rig.server.store;
    await rig.start();
    rig.put('a', 2);
    await rig.untilEqual(1);
    rig.server.store.compact();
    rig.put('a', 3);
    rig.server.faults.add({ path: /sendInitialEvents/, times: 2 }, { do: 'stale', revision });
    onlyWatch(rig.server).cut('reset');
    const sizes = new Set<number | undefined>();
    rig.informer.subscribe((change) => sizes.add((change.object as { spec?: { size?: number } }).spec?.size));
    rig.server.faults.add({ path: /resourceVersion=\d/ }, { do: 'status', code: 410, reason: 'Expired' });

    await rig.untilEqual(61_000);

    expect(sizes.has(1)).toBe(false);
    expect(rig.informer.counters.regressions).toBe(2);
  });
  it('believes it in the end when every list says so: the storage was restored from a backup', async () => {
    rig = await informerRig();
    rig.put('a', 1);
    const { revision } = rig.server.store;
    await rig.start();
    rig.put('a', 2);
    await rig.untilEqual(1);
    rig.server.faults.add({ path: /resourceVersion=\d/ }, { do: 'status', code: 410, reason: 'Expired' });
    rig.server.faults.add({ path: watches, times: Infinity }, { do: 'stale', revision });
    onlyWatch(rig.server).cut('reset');

    await rig.clock.advanceUntil(() => rig.informer.cache.get(rig.key('a'))?.spec?.size === 1, 61_000);

    expect(rig.informer.counters.regressions).toBe(3);
  });
});

describe('the life of a reflector', () => {
  it('renews a watch that the server ends, from where it was, at once', async () => {
    rig = await informerRig();
    await rig.start();
    await rig.clock.advance(460_000);
    rig.put('a', 1);

    await rig.untilEqual(1);

    expect(rig.informer.counters).toMatchObject({ lists: 1, watches: 2, failures: 0 });
  });
  it('ends only by its signal, leaving no timer and no watch behind', async () => {
    rig = await informerRig();
    await rig.start();
    rig.server.faults.add({ times: Infinity }, { do: 'status', code: 500 });
    onlyWatch(rig.server).cut('reset');
    await rig.clock.advance(600_000);

    await rig.stop();
    await settle();

    expect(rig.clock.sleepers).toBe(0);
    expect(rig.server.watches.size).toBe(0);
    rig = await informerRig();
  });
  it('goes on when a subscriber throws', async () => {
    rig = await informerRig();
    rig.informer.subscribe(() => {
      throw new Error('a bad subscriber');
    });
    await rig.start();
    rig.put('a', 1);
    rig.put('b', 1);

    await rig.untilEqual(1);

    expect(rig.changes).toEqual(['added a', 'added b']);
  });
  it('hands out frozen objects', async () => {
    rig = await informerRig();
    rig.put('a', 1);
    await rig.start();

    const object = rig.informer.cache.get(rig.key('a')) as unknown as { spec: { size: number } };

    expect(() => {
      object.spec.size = 2;
    }).toThrow(TypeError);
  });
});
