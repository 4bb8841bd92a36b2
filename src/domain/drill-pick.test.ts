import { describe, expect, it } from 'vitest';
import { catalogueRun, manifest } from '../../test/builders/manifest.ts';
import type { Catalogue, InvalidRun } from './catalogue.ts';
import { passedOver, pickRun } from './drill-pick.ts';

const runId = (day: number): string => `202611${String(day).padStart(2, '0')}T010000Z`;
const run = (day: number, sequence = day): Catalogue['runs'][number] =>
  catalogueRun(manifest({ runId: runId(day), sequence }));

function invalid(day: number, fault = 'its signature does not hold', sequence?: number): InvalidRun {
  const { folder } = run(day);
  return { folder, fault, ...(sequence === undefined ? {} : { sequence }) };
}

function catalogue(more: Partial<Catalogue>): Catalogue {
  return { runs: [], invalid: [], incomplete: [], ...more };
}

function outcome(from: Catalogue, pick: string, seed = 0): unknown {
  const picked = pickRun(from, pick, seed);
  return picked.kind === 'None' ? picked.why : [picked.kind, picked.run.folder.runId];
}

describe('pickRun', () => {
  const three = catalogue({ runs: [run(3), run(2), run(1)] });

  it.each([
    ['Newest', ['Run', runId(3)]],
    ['Oldest', ['Run', runId(1)]],
    [runId(2), ['Run', runId(2)]],
    [runId(9), `run ${runId(9)} is not in the repository`],
  ])('picks %s', (pick, expected) => {
    expect(outcome(three, pick)).toEqual(expected);
  });

  it('tells the newest by its number, whatever the clocks said', () => {
    const odd = catalogue({ runs: [run(3, 1), run(1, 2)] });
    expect(outcome(odd, 'Newest')).toEqual(['Run', runId(1)]);
    expect(outcome(odd, 'Oldest')).toEqual(['Run', runId(3)]);
  });

  it.each([
    ['a later folder', invalid(4)],
    ['an early folder that says it is the newest', invalid(1, 'object a is missing', 9)],
  ])('refuses to pass over %s that does not hold', (_, bad) => {
    const from = catalogue({ runs: [run(3), run(2)], invalid: [bad] });
    expect(outcome(from, 'Newest')).toEqual(['Refused', bad.folder.runId]);
  });

  it('passes over what does not hold and is not meant', () => {
    const from = catalogue({ runs: [run(3), run(1)], invalid: [invalid(2)] });
    expect(outcome(from, 'Newest')).toEqual(['Run', runId(3)]);
    expect(outcome(from, 'Oldest')).toEqual(['Run', runId(1)]);
  });

  it('refuses a chosen or random run that does not hold', () => {
    const from = catalogue({ runs: [run(1)], invalid: [invalid(2)] });
    expect(outcome(from, runId(2))).toEqual(['Refused', runId(2)]);
    expect([0, 1].map((seed) => outcome(from, 'Random', seed))).toEqual([
      ['Run', runId(1)],
      ['Refused', runId(2)],
    ]);
  });

  describe('after the key of the repository was changed', () => {
    const foreign = (day: number, sequence?: number): InvalidRun => ({
      ...invalid(day, 'it is signed by another key', sequence),
      foreign: true,
    });
    const changed = catalogue({ runs: [run(4), run(3)], invalid: [foreign(2, 2), foreign(1, 1)] });

    it('passes over the runs from before, and says how many', () => {
      expect(outcome(changed, 'Oldest')).toEqual(['Run', runId(3)]);
      expect([0, 1, 2].map((seed) => outcome(changed, 'Random', seed))).toEqual([
        ['Run', runId(3)],
        ['Run', runId(4)],
        ['Run', runId(3)],
      ]);
      expect(passedOver(changed, 'Oldest')).toHaveLength(2);
      expect(passedOver(changed, 'Random')).toHaveLength(2);
    });

    it.each([
      ['that comes after one of the present key', { runs: [run(3), run(1)], invalid: [foreign(2, 2)] }, 1],
      ['that says it is later than it lies', { runs: [run(3)], invalid: [foreign(2, 9)] }, 0],
      ['whose signature does not hold', { runs: [run(3)], invalid: [invalid(2, 'x', 2)] }, 0],
    ])('passes over no run %s', (_, from, seed) => {
      const odd = catalogue(from);
      expect(passedOver(odd, 'Random')).toEqual([]);
      expect(outcome(odd, 'Random', seed)).toEqual(['Refused', runId(2)]);
    });

    it('has no oldest run, and none to draw, where the present key signed none', () => {
      const none = catalogue({ invalid: [foreign(2, 2), foreign(1, 1)] });
      expect(outcome(none, 'Oldest')).toMatch(/^2 runs are there, and the key of the repository signed none/);
      expect(outcome(none, 'Random')).toMatch(/signed none/);
    });

    it('still refuses the one that is named, and the newest', () => {
      expect(outcome(changed, runId(2))).toEqual(['Refused', runId(2)]);
      const none = catalogue({ invalid: [foreign(2, 2)] });
      expect(outcome(none, 'Newest')).toEqual(['Refused', runId(2)]);
      expect(passedOver(none, 'Newest')).toEqual([]);
    });
  });

  it('says which check a fault belongs to', () => {
    const check = (fault: string): unknown => {
      const picked = pickRun(catalogue({ invalid: [invalid(1, fault)] }), 'Newest', 0);
      return picked.kind === 'Refused' ? picked.check : picked.kind;
    };
    expect(check('object shop.dump.age is missing')).toBe('Digests');
    expect(check('its signature does not hold')).toBe('Signature');
  });

  it('says what is there instead of a run', () => {
    const begun = catalogue({ incomplete: [{ ...run(5).folder, hasManifest: false }] });
    expect(outcome(begun, runId(5))).toMatch(/was never finished/);
    expect(outcome(begun, 'Newest')).toMatch(/holds no run/);
    expect(outcome(begun, 'Random')).toMatch(/holds no run/);
  });
});
