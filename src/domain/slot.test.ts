import { describe, expect, it } from 'vitest';
import { childName, jitterOf, slotNames } from './slot.ts';

const owner = { name: 'shop', uid: 'f3b1' };
const slot = {
  trigger: 'Schedule',
  time: new Date('2026-11-20T02:17:00Z'),
  mark: '2026-11-20T02:17:00Z',
} as const;

describe('names of a slot', () => {
  it('are the same for the same slot, and a run id begins with its time', () => {
    const names = slotNames(owner, slot);
    expect(names).toEqual(slotNames({ ...owner }, { ...slot }));
    expect(names.jobName).toBe(`shop-${names.slotId}`);
    expect(names.slotId).toMatch(/^[0-9a-f]{10}$/);
    expect(names.runId).toMatch(/^20261120T021700Z-[0-9a-f]{4}$/);
  });

  it.each([
    { what: 'owner', names: slotNames({ ...owner, uid: 'other' }, slot) },
    { what: 'time', names: slotNames(owner, { ...slot, mark: '2026-11-21T02:17:00Z' }) },
    { what: 'trigger', names: slotNames(owner, { ...slot, trigger: 'Request' }) },
  ])('differ with the $what', ({ names }) => {
    expect(names.jobName).not.toBe(slotNames(owner, slot).jobName);
  });

  it.each(['a'.repeat(63), 'shop.example', `${'a'.repeat(39)}-b`, 'x'])(
    'are names that a pod can carry as a label: %s',
    (name) => {
      const { jobName } = slotNames({ ...owner, name }, slot);
      expect(jobName).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
      expect(`${jobName}-i`.length).toBeLessThanOrEqual(63);
      expect(childName(name, 'x')).not.toContain('--x');
    },
  );
});

describe('jitter', () => {
  it('stays for one object, differs between objects, and keeps to its window', () => {
    const values = Array.from({ length: 200 }, (_, i) => jitterOf(`uid-${String(i)}`, 600));
    expect(jitterOf('uid-1', 600)).toBe(values[1]);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(600);
    expect(new Set(values).size).toBeGreaterThan(150);
    expect(jitterOf('uid-1', 0)).toBe(0);
  });
});
