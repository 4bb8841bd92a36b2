import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { evidence } from '../../../test/builders/evidence.ts';
import { makeSigningKey } from '../../../test/builders/signing-key.ts';
import type { WorkerRig } from '../../../test/builders/worker-rig.ts';
import { filesBelow, makeWorkerRig } from '../../../test/builders/worker-rig.ts';
import type { Evidence } from '../../domain/evidence.ts';
import type { Store } from '../../storage/store.ts';
import { verifyEvidenceChain } from '../../stream/evidence-chain.ts';
import type { EvidenceDraft, StoredEvidence } from './evidence.ts';
import { writeEvidence } from './evidence.ts';

const ours = makeSigningKey();
const folder = '_drills/shop/shop-monthly/';
const other: Partial<Evidence> = { verdict: 'Failed', reason: 'Rows' };

let rig: WorkerRig;
beforeEach(async () => {
  rig = await makeWorkerRig();
});
afterEach(() => rig.remove());

function draft(more: Partial<Evidence>): EvidenceDraft {
  const { sequence: _s, previous: _p, past: _past, chain: _c, signedBy: _k, ...rest } = evidence(more);
  return { ...rest, runId: '20261101T030000Z-a' };
}

const files = (): Promise<Map<string, Buffer>> => filesBelow(rig.volume, folder);

describe('two attempts of one drill at once', () => {
  type Moment = readonly ['before' | 'after', name: string];
  const moments: readonly Moment[] = [
    ['before', 'evidence.json'],
    ['before', 'evidence.html'],
    ['after', 'evidence.html'],
    ['before', 'evidence.dsse.json'],
  ];

  /** An attempt that does something at one moment, once. None waits for another. */
  async function attempt(
    more: Partial<Evidence>,
    [when, name]: Moment,
    act: () => Promise<unknown>,
  ): Promise<StoredEvidence> {
    let done = false;
    const faults: Partial<Store> = {
      put: async (key, ...rest) => {
        const now = key.endsWith(name) && !done;
        done ||= now;
        if (now && when === 'before') await act();
        const info = await rig.volume.put(key, ...rest);
        if (now && when === 'after') await act();
        return info;
      },
    };
    const workspace = rig.workspace({ faults, signingKey: ours });
    const clock = { ...workspace.clock, sleep: () => Promise.resolve() };
    return await writeEvidence({ ...workspace, clock }, draft(more));
  }

  /** What lies there, and what those attempts that did not fail take for the evidence. */
  async function outcome(attempts: readonly Promise<StoredEvidence>[]) {
    const ends = await Promise.allSettled(attempts);
    const { runs, valid, unfinished } = verifyEvidenceChain(await files(), [ours]);
    const taken = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value.digest] : []));
    return { valid, unfinished, lying: runs.map(({ digest }) => digest), taken: [...new Set(taken)] };
  }
  const one = (digest: unknown): object => ({
    valid: true,
    unfinished: [],
    lying: [digest],
    taken: [digest],
  });

  test.each(moments)('leave one evidence: all of the other comes %s %s of the first', async (...moment) => {
    const others: Promise<StoredEvidence>[] = [];
    const first = attempt({}, moment, async () => {
      others.push(writeEvidence(rig.workspace({ signingKey: ours }), draft(other)));
      await others[0];
    });
    await first.catch(() => undefined);
    const found = await outcome([first, ...others]);
    expect(found).toEqual(one(found.taken[0]));
  });

  const pairs = moments.flatMap((stops) => moments.map((goesOn) => [stops, goesOn] as const));
  test.each(pairs)(
    'leave one evidence: the first stops %j and goes on %j of the other',
    async (stops, goesOn) => {
      const stopped = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      const first = attempt({}, stops, () => {
        stopped.resolve();
        return released.promise;
      });
      await stopped.promise;
      const second = attempt(other, goesOn, async () => {
        released.resolve();
        await first.catch(() => undefined);
      });
      await Promise.allSettled([second]);
      released.resolve();
      const found = await outcome([first, second]);
      expect(found).toEqual(one(found.taken[0]));
    },
  );
});
