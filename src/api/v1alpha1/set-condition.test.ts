import { describe, expect, it } from 'vitest';
import type { Condition } from './condition.ts';
import { removeCondition, setCondition } from './set-condition.ts';

const earlier = new Date('2026-11-20T01:00:00.900Z');
const later = new Date('2026-11-20T02:00:00.900Z');
const ready = { type: 'Ready', status: 'True', reason: 'Scheduled', message: 'next run at two' } as const;

describe('setting a condition', () => {
  it('stamps a new one with the whole second and the generation', () => {
    expect(setCondition([], ready, earlier, 3)).toEqual([
      { ...ready, observedGeneration: 3, lastTransitionTime: '2026-11-20T01:00:00Z' },
    ]);
  });

  it('keeps the time of transition while the status stays, whatever else changes', () => {
    const before = setCondition([], ready, earlier, 3);

    const after = setCondition(before, { ...ready, reason: 'Running', message: 'a run' }, later, 4);

    expect(after).toEqual([
      {
        type: 'Ready',
        status: 'True',
        reason: 'Running',
        message: 'a run',
        observedGeneration: 4,
        lastTransitionTime: '2026-11-20T01:00:00Z',
      },
    ]);
  });

  it('moves the time of transition when the status changes', () => {
    const before = setCondition([], ready, earlier, 3);

    const [after] = setCondition(before, { ...ready, status: 'False', reason: 'InvalidSpec' }, later, 3);

    expect(after?.lastTransitionTime).toBe('2026-11-20T02:00:00Z');
  });

  it('is equal when nothing changed, and leaves what it was given alone', () => {
    const before = Object.freeze(setCondition([], ready, earlier, 3));

    expect(setCondition(before, ready, later, 3)).toEqual(before);
  });

  it('puts what blocks first and leaves the rest in its order', () => {
    const types = ['ObjectivesMet', 'Ready', 'LastRunSucceeded', 'Reconciling', 'Stalled'];

    const all = types.reduce<readonly Condition[]>(
      (conditions, type) => setCondition(conditions, { ...ready, type }, earlier, 1),
      [],
    );

    expect(all.map(({ type }) => type)).toEqual([
      'Stalled',
      'Reconciling',
      'Ready',
      'ObjectivesMet',
      'LastRunSucceeded',
    ]);
  });

  it('cuts a message at what the API server takes, between characters', () => {
    const [condition] = setCondition([], { ...ready, message: `${'x'.repeat(32_766)}😀😀` }, earlier, 1);

    expect(condition?.message).toHaveLength(32_768);
    expect(condition?.message.isWellFormed()).toBe(true);
    expect(condition?.message.endsWith('…')).toBe(true);
  });
});

it('removing a condition leaves the others', () => {
  const conditions = setCondition(
    setCondition([], ready, earlier, 1),
    { ...ready, type: 'Stalled' },
    earlier,
    1,
  );

  expect(removeCondition(conditions, 'Stalled').map(({ type }) => type)).toEqual(['Ready']);
});
