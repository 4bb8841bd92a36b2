import { describe, expect, it } from 'vitest';
import { catalogueRun, manifest } from '../../test/builders/manifest.ts';
import type { CatalogueRun } from './catalogue.ts';
import { sequenceFaults } from './drill-sequence.ts';
import type { Manifest } from './manifest.ts';

const digest = (sequence: number): string => `sha256:${String(sequence).padStart(64, '0')}`;
const runId = (sequence: number): string => `20261120T0${String(sequence)}0000Z`;
const previous = (sequence: number): Manifest['previous'] => ({
  runId: runId(sequence),
  digest: digest(sequence),
});

function run(sequence: number, more: Partial<Manifest> = {}): CatalogueRun {
  const link = sequence === 1 ? {} : { previous: previous(sequence - 1) };
  const made = manifest({
    runId: runId(sequence),
    sequence,
    snapshotTime: `2026-11-20T0${String(sequence)}:00:00.000Z`,
    ...link,
    ...more,
  });
  return { ...catalogueRun(made), manifestDigest: digest(sequence) };
}

function faults(runs: CatalogueRun[], newest?: CatalogueRun): string[] {
  return sequenceFaults({ runs, invalid: [], incomplete: [] }, newest?.manifest);
}

describe('sequenceFaults', () => {
  it('finds nothing in an unbroken chain', () => {
    expect(faults([run(3), run(2), run(1)], run(3))).toEqual([]);
  });

  it.each([
    ['the oldest', [run(4), run(3)]],
    ['some between', [run(6), run(3), run(1)]],
    ['all but the newest', [run(6)]],
  ])('takes it for retention that %s are gone', (_, runs) => {
    expect(faults(runs, runs[0])).toEqual([]);
  });

  it('finds a number that two runs have', () => {
    const twice = run(2, { runId: runId(5) });
    expect(faults([run(1), run(2), twice])).toEqual([
      `runs ${runId(2)} and ${runId(5)} both say that they are number 2`,
    ]);
  });

  it('finds a manifest that was changed after another followed it', () => {
    const changed = { ...run(1), manifestDigest: digest(9) };
    expect(faults([run(2), changed]).join()).toMatch(/follows a run .* with another manifest/);
  });

  it('finds a run that was put between two others', () => {
    const late = run(3, { previous: previous(1) });
    expect(faults([late, run(2), run(1)]).join()).toMatch(/although .* lies between them/);
  });

  it('finds a run that says it is the first, after others', () => {
    const first = manifest({ runId: runId(2), sequence: 2 });
    expect(faults([{ ...run(2), manifest: first }, run(1)]).join()).toMatch(/follows no run/);
  });

  it('finds that the newest run is gone', () => {
    expect(faults([run(2), run(1)], run(3)).join()).toMatch(/the store was put back, or runs were removed/);
  });

  it('asks for no run that a newer one has outlived', () => {
    expect(faults([run(4)], run(3))).toEqual([]);
  });
});
